"""Linear directions and the latents of sparse autoencoders, which are read from a layer as its units are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

_TOKENS = 3  # dimensions of a token layer's output for a batch
_LEAK = 0.05  # slope lent to a latent that is off, backward only


@dataclass(frozen=True, eq=False)
class Directions:
    """n directions of a layer with d units, from one file; a latent is rectified, a direction is not."""

    file: str  # as the neuron's name has it
    names: tuple[str, ...]  # n; of latents, their numbers
    sha256: str  # of the file
    vectors: Tensor  # (n, d)
    offsets: Tensor  # (n,)
    thresholds: Tensor | None = None  # (n,) of latents: what lies below is 0. None: no latents
    _there: dict[tuple[object, torch.device], tuple[Tensor, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The index of each direction by its name."""
        return {name: number for number, name in enumerate(self.names)}

    def one(self, output: Tensor, number: int) -> Tensor:
        """Activation of direction ``number`` at every position: (k, d) -> (k, 1), (k, t, d) -> (k, t, 1), (k, d, h, w) -> (k, 1, h, w)."""
        return self._read(output, slice(number, number + 1))

    def all(self, output: Tensor) -> Tensor:
        """Activations of all n directions: the shapes of ``one`` with n in the place of 1."""
        return self._read(output, slice(None))

    def _read(self, output: Tensor, rows: slice) -> Tensor:
        axis = channels(output)
        vectors, offsets, thresholds = self._on(output, rows)
        read = (output.movedim(axis, -1) @ vectors.T + offsets).movedim(-1, axis)
        if self.thresholds is None:
            return read
        off = read <= thresholds.view(-1, *[1] * (read.dim() - axis - 1))
        return leaky(read, read.masked_fill(off, 0.0), off)

    def _on(self, like: Tensor, rows: slice) -> tuple[Tensor, ...]:
        """The selected rows on a device, cached there."""
        key = ((rows.start, like.dtype), like.device)
        if key not in self._there:
            thresholds = torch.zeros_like(self.offsets) if self.thresholds is None else self.thresholds
            self._there[key] = tuple(
                tensor[rows].to(like) for tensor in (self.vectors, self.offsets, thresholds)
            )
        return self._there[key]


def channels(output: Tensor) -> int:
    """The axis of a layer's units: the last one of tokens (k, t, units), else the second."""
    return 2 if output.dim() == _TOKENS else 1


def leaky(before: Tensor, after: Tensor, off: Tensor) -> Tensor:
    """The value of ``after``, with a small slope where the unit is off, so that a dead neuron can be activated."""
    slope = torch.where(off, _LEAK * before, before)
    return after.detach() + (slope - slope.detach())
