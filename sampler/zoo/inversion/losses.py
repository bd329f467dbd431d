"""The losses of an inverter: the image, the network's activations for it, and the code of the painted image."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

_NONE = torch.empty(0)
WEIGHTS = {"picture": 10.0, "look": 0.6, "cycle": 0.3}


class Reading(NamedTuple):
    """The result of one pass through the network."""

    looks: tuple[Tensor, ...]  # activations of the layers that count as the look of a picture
    codes: Tensor  # c: (k, d)
    logits: Tensor = _NONE  # the network's final output, if the pass reaches it

    def first(self, count: int) -> "Reading":
        """The reading of the first ``count`` images."""
        return Reading(tuple(look[:count] for look in self.looks), self.codes[:count], self.logits[:count])


class Inverted(NamedTuple):
    """The loss of a batch, with the painted images and their reading."""

    parts: dict[str, Tensor]  # of the loss, by the names of WEIGHTS; "look" only where layers are compared
    painted: Tensor  # G of the images' codes: (k, 3, h, w)
    again: Reading  # of the painted images


def inversion_loss(
    generator: Callable[[Tensor], Tensor],
    read: Callable[[Tensor], Reading],
    images: Tensor,
    original: Reading,
    mixing: Tensor,
) -> Inverted:
    """The loss of one batch.

    Args:
        generator: G.
        read: the network, whose weights get no gradient: otherwise the cheapest way to a small cycle error is a network that sees
            no difference between pictures.
        images: (k, 3, h, w) in [0, 1], the target.
        original: what the network reads of them, or of the same with a little noise.
        mixing: (j,) in 0..1, j <= k / 2: so many codes half way between two images' are checked for their cycle too, so
            that G can be trusted between the images that it saw.
    """
    j, count = len(mixing), len(images)
    between = original.codes[:j] * mixing[:, None] + original.codes[-j:] * (1 - mixing[:, None])
    codes = torch.cat([original.codes, between])
    painted = generator(codes).float()
    again = read(painted)
    known = again.first(count)
    parts = {"picture": picture_loss(painted[:count], images)}
    if original.looks:
        parts["look"] = look_loss(known, original)
    parts["cycle"] = cycle_error(again.codes.float(), codes.detach().float()).mean()
    return Inverted(parts, painted[:count], known)


def cycle_error(returned: Tensor, codes: Tensor) -> Tensor:
    """The relative error |E(G(c)) - c| / |c| of each code: (k,)."""
    errors: Tensor = (returned - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
    return errors


def picture_loss(painted: Tensor, images: Tensor) -> Tensor:
    """The mean absolute error of the colours and of their differences between neighbours, which penalises blur."""
    error = painted - images
    return error.abs().mean() + 0.5 * (error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean())


def look_loss(painted: Reading, original: Reading) -> Tensor:
    """The relative difference of the compared activations; the original's are the constant target."""
    terms = [
        (p - o.detach()).abs().mean() / o.detach().abs().mean().clamp_min(1e-6)
        for p, o in zip(painted.looks, original.looks, strict=True)
    ]
    return torch.stack(terms).mean()
