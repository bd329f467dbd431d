"""A generator's entry in ``models.toml``, and how a family reads its own part of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from inverset.contract.errors import first_line
from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.parts import Prior, Size

_IMAGES = 4  # dimensions of a batch of images
_TRIED = 3  # codes, more than one, so that an image cannot pass as a batch
_T = TypeVar("_T")


class UnusableGenerator(ZooError):
    """Raised where the files exist but make no generator."""


@dataclass(frozen=True)
class GeneratorEntry:
    """A generator as an entry of ``models.toml``.

    ``source`` is a family, or ``family:place`` where it is read from something. ``size`` (height, width) is what to paint, for
    families that leave the choice. ``options`` are words of the family alone.
    """

    source: str
    size: Size | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The family of its source."""
        return self.source.partition(":")[0]


def chosen(entry: GeneratorEntry, kind: type[_T]) -> _T:
    """The entry's options as the family's own dataclass, with the family's defaults.

    Raises:
        ZooError: an option that the family does not have, or of another type than its default.
    """
    known = {option.name: option.default for option in fields(kind)}  # type: ignore[arg-type]
    for name, value in entry.options.items():
        if name not in known:
            raise ZooError(f"{entry.source} has no option {name!r}; {did_you_mean(name, tuple(known))}")
        if known[name] is not None and not isinstance(value, _accepted(known[name])):
            raise ZooError(f"{entry.source}: {name} = {value!r} should be like {known[name]!r}")
    return kind(**entry.options)


def _accepted(default: object) -> tuple[type, ...]:
    return (int, float) if isinstance(default, float) else (type(default),)


def unit_normal(entries: int) -> Prior:
    """The prior of codes that are scaled to N(0, I)."""
    return Prior(torch.zeros(entries), torch.ones(entries))


def resized(images: Tensor, size: Size) -> Tensor:
    """Images (k, 3, any height, any width), resized to the input of an encoder."""
    if tuple(images.shape[2:]) == tuple(size):
        return images
    return functional.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)


def described(about: Mapping[str, Any]) -> str:
    """The SHA-256 of a generator that has no file, by its description."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def of_files(paths: list[Path]) -> str:
    """The SHA-256 of these files' names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        with path.open("rb") as stream:
            total.update(f"{path.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


@torch.no_grad()
def painted_size(module: nn.Module, code: Tensor, name: str) -> Size:
    """The height and width of a generator's images.

    Args:
        module: G.
        code: one code (d,), of which a few copies are tried.
        name: what errors call G.

    Raises:
        UnusableGenerator: it takes no such codes, or paints no RGB images of finite values of them.
    """
    device = next((parameter.device for parameter in module.parameters()), code.device)
    codes = code.to(device).expand(_TRIED, -1)
    try:
        images = module(codes)
    except Exception as error:  # noqa: BLE001 - whatever code of others may raise
        raise UnusableGenerator(f"{name} takes no codes {tuple(codes.shape)}: {first_line(error)}") from None
    if not isinstance(images, Tensor) or images.dim() != _IMAGES or images.shape[:2] != (_TRIED, 3):
        made = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise UnusableGenerator(f"{name} makes {made} of {_TRIED} codes, not RGB images ({_TRIED}, 3, h, w)")
    if not bool(images.isfinite().all()):
        raise UnusableGenerator(f"{name} makes values that are not finite")
    return (images.shape[2], images.shape[3])
