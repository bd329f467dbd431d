"""Where the table compares images: features of the witness of `scenes`, in at most 64 principal axes of its reference images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from sampler.bundle import Bundle, Judge

DIMENSIONS = 64
_FITTED, _BATCH = 2000, 200


@dataclass
class Witnessed:
    """What the witness says before it reads factors off."""

    network: torch.nn.Sequential
    name: str = "witness"

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """Features (k, 96)."""
        seen: Tensor = self.network(images.float() / 127.5 - 1)
        return seen


@dataclass(frozen=True)
class Space:
    """Principal axes of what a judge says of reference images, which are kept as they lie in them."""

    judge: Judge
    mean: Tensor  # (j,)
    axes: Tensor  # (j, m)
    references: Tensor  # (r, m)

    def read(self, images: Tensor) -> Tensor:
        """Images (k, 3, h, w) uint8 as the judge sees them: (k, m)."""
        return torch.cat(
            [(self.judge.read(each).cpu() - self.mean) @ self.axes for each in images.split(_BATCH)]
        )


_found: dict[str, Space] = {}


def space(bundle: Bundle) -> Space:
    """Found once for a model, whatever prior it is given."""
    if bundle.sha256 not in _found:
        _found[bundle.sha256] = _fitted(bundle)
    return _found[bundle.sha256]


def _fitted(bundle: Bundle) -> Space:
    reference = bundle.reference
    if reference is None:
        raise ValueError(f"{bundle.name} has no reference images to fit axes to")
    judge = _judge(bundle)
    count = len(reference.codes)
    starts = range(0, count, _BATCH)
    seen = torch.cat(
        [judge.read(reference.images(range(at, min(at + _BATCH, count)))).cpu() for at in starts]
    )
    some = seen[:: max(1, count // _FITTED)].double()
    _, axes = torch.linalg.eigh(torch.cov(some.T))
    mean, axes = some.mean(dim=0).float(), axes[:, -DIMENSIONS:].float()
    return Space(judge, mean, axes, (seen - mean) @ axes)


def _judge(bundle: Bundle) -> Judge:
    if bundle.judge is not None:
        return bundle.judge
    network = getattr(bundle.factors, "network", None)
    if network is None:
        raise ValueError(f"{bundle.name} has no witness")
    return Witnessed(network[:-1])
