"""Loads a network of the diffusers library from its folder, and checks that every tensor of file and network is used."""

import inspect
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inverset.sampler.zoo.errors import plain
from inverset.sampler.zoo.generators.entry import UnusableGenerator

_SHOWN = 4  # tensors that are named
# From the library's warning on unknown settings, which ``_unknown`` checks.
_OF_CONFIGURATION = "are not expected and will be ignored"
_LIBRARY = "diffusers"  # its loggers' common name


def load(kind: Any, folder: Path) -> nn.Module:
    """A network of one of the library's classes, on the CPU in float32.

    Raises:
        UnusableGenerator: a tensor is missing, unused or of another shape, or the library warns of anything else. By itself it
            would draw what is missing at random, and leave out what it does not know.
    """
    with _captured_warnings() as warnings:
        made, report = kind.from_pretrained(
            folder,
            use_safetensors=True,
            low_cpu_mem_usage=False,
            torch_dtype=torch.float32,
            local_files_only=True,
            output_loading_info=True,
        )
    check(folder, kind.__name__, report["missing_keys"], report["unexpected_keys"], report["mismatched_keys"])
    if unknown := _unknown(kind, dict(made.config)):
        raise UnusableGenerator(
            f"the configuration in {folder} has {_abbreviated(unknown)}, which this version of diffusers does not support: "
            "install the version that saved it, or remove these keys"
        )
    if others := [warning for warning in warnings if _OF_CONFIGURATION not in warning]:
        raise UnusableGenerator(f"{folder} is not loaded, as diffusers warns: {plain(others[0], 400)}")
    module: nn.Module = made
    return module


def _unknown(kind: Any, config: dict[str, Any]) -> list[str]:
    """The settings that a class neither takes nor adds itself; the library warns of those that it adds, too."""
    known = set(inspect.signature(kind.__init__).parameters)
    if all(name in known or name.startswith("_") for name in config):
        return []
    with torch.device("meta"):
        alone = kind(**{name: value for name, value in config.items() if name in known})
    return sorted(
        name for name in config if name not in known | set(alone.config) and not name.startswith("_")
    )


def check(
    folder: Path, kind: str, missing: Sequence[str], unused: Sequence[str], other: Sequence[Any] = ()
) -> None:
    """Raises UnusableGenerator where tensors are missing from a file, unused, or of another shape."""
    shapes = [item if isinstance(item, str) else item[0] for item in other]
    parts = {"missing": missing, "without use": unused, "of another shape": shapes}
    faults = [f"{what}: {_abbreviated(sorted(names))}" for what, names in parts.items() if names]
    if faults:
        raise UnusableGenerator(f"the weights in {folder} do not fit this {kind} ({'; '.join(faults)})")


def _abbreviated(names: Sequence[str]) -> str:
    shown = ", ".join(plain(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


@contextmanager
def _captured_warnings() -> Iterator[list[str]]:
    """The library's warnings within the block, whatever its log level."""
    messages: list[str] = []

    class Hear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, hear = logging.getLogger(_LIBRARY), Hear(logging.WARNING)
    level = logger.level
    logger.addHandler(hear)
    logger.setLevel(min(level, logging.WARNING) if level else logging.WARNING)
    try:
        yield messages
    finally:
        logger.removeHandler(hear)
        logger.setLevel(level)
