"""Loads a network of the diffusers library from its folder, where every tensor of the files and of the network finds its place."""

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
_OF_CONFIGURATION = (
    "are not expected and will be ignored"  # in its warning of settings, which are looked at here
)
_LIBRARY = "diffusers"  # its loggers' common name


def load(kind: Any, folder: Path) -> nn.Module:
    """A network of one of the library's classes, on the CPU in float32.

    Raises:
        UnusableGenerator: a tensor is missing, unused or of another shape, or the library warns of anything else. By itself it
            would draw what is missing at random, and leave out what it does not know.
    """
    with _heard() as warnings:
        made, found = kind.from_pretrained(
            folder,
            use_safetensors=True,
            low_cpu_mem_usage=False,
            torch_dtype=torch.float32,
            local_files_only=True,
            output_loading_info=True,
        )
    check(folder, kind.__name__, found["missing_keys"], found["unexpected_keys"], found["mismatched_keys"])
    if unknown := _unknown(kind, dict(made.config)):
        raise UnusableGenerator(
            f"the configuration in {folder} says {_some(unknown)}, which this diffusers does not know: "
            "install the one that it was saved by, or remove what has no meaning"
        )
    if others := [each for each in warnings if _OF_CONFIGURATION not in each]:
        raise UnusableGenerator(f"{folder} is not loaded, as diffusers warns: {plain(others[0], 400)}")
    module: nn.Module = made
    return module


def _unknown(kind: Any, config: dict[str, Any]) -> list[str]:
    """Settings that a class neither takes nor adds by itself; the library warns of those that it adds, too."""
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
    """Raises UnusableGenerator where tensors are missing from a file, have no use, or are of another shape."""
    shapes = [each if isinstance(each, str) else each[0] for each in other]
    parts = {"missing": missing, "without use": unused, "of another shape": shapes}
    told = [f"{what}: {_some(sorted(names))}" for what, names in parts.items() if names]
    if told:
        raise UnusableGenerator(f"the weights in {folder} are not those of this {kind} ({'; '.join(told)})")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(plain(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What the library warns of within the block, whatever it is told to show."""
    found: list[str] = []

    class Hear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, hear = logging.getLogger(_LIBRARY), Hear(logging.WARNING)
    level = logger.level
    logger.addHandler(hear)
    logger.setLevel(min(level, logging.WARNING) if level else logging.WARNING)
    try:
        yield found
    finally:
        logger.removeHandler(hear)
        logger.setLevel(level)
