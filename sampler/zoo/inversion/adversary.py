"""An adversary in the features of a fixed network: it tells photographs from painted images, and a generator learns to deceive it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

_WIDTH = 64  # channels of a head
_BEGIN, _WHOLE = (
    0.1,
    0.3,
)  # shares of the steps: before the one it is left out, from the other on it has its whole weight


class Adversary(nn.Module):
    """A small head on each of a network's compared layers (Sauer et al. 2021), with hinge losses (Lim & Ye 2017).

    A head scores every place of a map, so that it judges textures, not compositions; spectral normalisation (Miyato et al. 2018) keeps its
    gradients small.
    """

    def __init__(self, looks: Sequence[Tensor]) -> None:
        """Make the heads for looks as ``Reading`` has them: maps (k, units, h, w) or tokens (k, tokens, units)."""
        super().__init__()
        self.heads = nn.ModuleList(_head(_as_maps(look).shape[1]) for look in looks)

    def forward(self, looks: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The scores of images, of each head: (k, places); above 0 for photographs."""
        return tuple(
            head(_scaled(_as_maps(look))).flatten(1) for head, look in zip(self.heads, looks, strict=True)
        )

    def loss(self, natural: Sequence[Tensor], painted: Sequence[Tensor]) -> Tensor:
        """The adversary's own loss (); painted images get no gradient of it."""
        real, fake = self(natural), self([look.detach() for look in painted])
        terms = [functional.relu(1 - score).mean() for score in real]
        terms += [functional.relu(1 + score).mean() for score in fake]
        return torch.stack(terms).sum() / len(self.heads)

    def deception_loss(self, painted: Sequence[Tensor]) -> Tensor:
        """The generator's loss (); the adversary's weights get no gradient of it."""
        fixed = {name: weight.detach() for name, weight in self.named_parameters()}
        scores = torch.func.functional_call(self, fixed, (painted,))
        return -torch.stack([score.mean() for score in scores]).mean()


def ramp(step: int, steps: int) -> float:
    """The share of its weight that the adversary has at a step: none at first, so that it never sees formless images only."""
    return min(1.0, max(0.0, (step / steps - _BEGIN) / (_WHOLE - _BEGIN)))


def _head(units: int) -> nn.Sequential:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(units, _WIDTH, 1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(_WIDTH, 1, 1)),
    )


def _as_maps(look: Tensor) -> Tensor:
    """Tokens (k, tokens, units) as maps (k, units, tokens, 1)."""
    return look.transpose(1, 2)[..., None] if look.dim() == 3 else look


def _scaled(maps: Tensor) -> Tensor:
    """Maps with a root mean square of 1 in each image, so that layers of any scale count alike."""
    return maps / maps.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(1e-6)
