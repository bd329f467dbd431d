"""Generators without a network: ``pixels`` takes a code's entries as pixels, ``pixels:fourier`` as frequencies.

Neither has learnt what images look like, so samples may be any texture that the network takes for its like; ``learnt`` says so.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from inverset.contract.hints import did_you_mean
from inverset.sampler.pixel_space import GREY, SPREAD, Canvas
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators.entry import GeneratorEntry, chosen, described, resized, unit_normal
from inverset.sampler.zoo.generators.fourier import Fourier
from inverset.sampler.zoo.parts import Generator, Prior, Size

_SIDE = 64  # the default size; cheap, and enough to see a shape


@dataclass(frozen=True)
class Identity:
    """A canvas has no options."""


@dataclass(frozen=True)
class Spectrum:
    """Options of a spectrum."""

    decay: float = 1.0  # amplitudes fall as 1 / frequency to this power
    contrast: float = 1.0  # of images of the prior's codes


def load(place: str, entry: GeneratorEntry, _folder: Path) -> Generator:
    """The canvas or the spectrum; ``place`` is "", "identity" or "fourier".

    Raises:
        ZooError: another place, or a wrong option.
    """
    makers = {"": _identity, "identity": _identity, "fourier": _fourier}
    if place not in makers:
        raise ZooError(
            f"pixels come as they are or as their frequencies; {did_you_mean(place, ('fourier', 'identity'))}"
        )
    return makers[place](entry, entry.size or (_SIDE, _SIDE))


def _identity(entry: GeneratorEntry, size: Size) -> Generator:
    chosen(entry, Identity)
    count = 3 * size[0] * size[1]
    return Generator(
        module=Canvas(*size),
        code=(3, *size),
        size=size,
        prior=Prior(torch.full((count,), GREY), torch.full((count,), SPREAD)),
        sha256=described({"pixels": size}),
        floor=0.0,
        ceiling=1.0,
        encode=lambda images: resized(images, size).flatten(1),
        learnt=False,
    )


def _fourier(entry: GeneratorEntry, size: Size) -> Generator:
    options = chosen(entry, Spectrum)
    module = Fourier(*size, decay=options.decay, contrast=options.contrast)
    return Generator(
        module=module,
        code=module.shape,
        size=size,
        prior=unit_normal(module.entries),
        sha256=described({"fourier": size, "decay": options.decay, "contrast": options.contrast}),
        encode=lambda images: module.encode(resized(images, size)),
        learnt=False,
    )
