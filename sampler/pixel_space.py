"""Pixels in place of codes: the same question without a generator (eqs 3, 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from inverset.sampler import judges
from inverset.sampler.bundle import Bundle, CodeStatistics, Judge, Prior, Reference

if TYPE_CHECKING:
    from inverset.sampler.problem import Neuron

_MEASURED = 1000  # reference images that the pixels' statistics are taken from
GREY, SPREAD = 0.5, 0.25  # of a pixel, where there are none
_NORM_QUANTILE = 0.95


class Canvas(nn.Module):
    """A generator that copies each entry of a code to one value of one pixel."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.shape = (3, height, width)

    def forward(self, codes: Tensor) -> Tensor:
        """The images (k, 3, h, w) of codes (k, 3 h w) in [0, 1]."""
        return codes.view(-1, *self.shape)


@dataclass(frozen=True)
class Photographs:
    """Reference images whose codes are their own pixels."""

    natural: Reference

    @property
    def codes(self) -> Tensor:
        """The features E(x), unchanged."""
        return self.natural.codes

    def read(self, neurons: "Sequence[Neuron]") -> Tensor:
        """The activations, unchanged."""
        return self.natural.read(neurons)

    def invert(self, rows: Tensor) -> Tensor:
        """The images' values: (len, 3 h w) in [0, 1]."""
        return self.images(rows.tolist()).flatten(1) / 255

    def images(self, indices: Sequence[int]) -> Tensor:
        """The images with these numbers, unchanged."""
        return self.natural.images(indices)

    def described(self, judge: Judge) -> Tensor:
        """A judge's features of every image, unchanged."""
        return judges.described(self.natural, judge)

    def prepare(self) -> Iterator[None]:
        """Pass over all images, unchanged."""
        yield from self.natural.prepare()


@dataclass
class Painted:
    """A prior over pixels: draws of a prior over codes, painted by G."""

    generator: nn.Module
    codes: Prior
    name: str

    @property
    def dimension(self) -> int:
        """The number of entries of z."""
        return self.codes.dimension

    def decode(self, latents: Tensor) -> Tensor:
        """The values of G(T(z)): (k, 3 h w) in [0, 1]."""
        painted: Tensor = self.generator(self.codes.decode(latents))
        return painted.clamp(0, 1).flatten(1)


def in_pixels(bundle: Bundle, image: Tensor) -> Bundle:
    """The model with a canvas as its generator; ``image`` (1, 3, h, w) is any image of its size and device."""
    height, width = image.shape[2:]
    reference = None if bundle.reference is None else Photographs(bundle.reference)
    return replace(
        bundle,
        generator=Canvas(height, width),
        statistics=_statistics(image.flatten(1), reference),
        reference=reference,
        learnt=False,
        prior=None if bundle.prior is None else Painted(bundle.generator, bundle.prior, bundle.prior.name),
    )


def _statistics(like: Tensor, reference: Photographs | None) -> CodeStatistics:
    if reference is None:
        mean, scales, limit = torch.full_like(like[0], GREY), torch.full_like(like[0], SPREAD), 1.0
    else:
        codes = reference.invert(torch.arange(min(_MEASURED, len(reference.codes)))).to(like)
        mean, scales = codes.mean(dim=0), codes.std(dim=0).clamp_min(1 / 255)
        limit = float(((codes - mean) / scales).square().mean(dim=1).quantile(_NORM_QUANTILE))
    return CodeStatistics(mean, None, scales, 0.0, limit, cycle_limit=None, ceiling=1.0)
