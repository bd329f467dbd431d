"""A mixture of Gaussians over whitened codes: for models with some hundreds of reference codes, fitted in seconds."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.priors.blocks import by_blocks

MODELLED = 40  # leading axes whose covariance each component has; on the others it has variances only
_SHARE = 40  # reference codes that a component needs
FEWEST = 2 * _SHARE  # reference codes
_MOST = 50  # components
_REGULAR = 1e-3  # added to variances, which are near 1


@dataclass(frozen=True)
class Mixture:
    """A mixture prior: of z = (u, w), u chooses the component by its rank among N(0, 1), and w is spread by its covariance.

    T is therefore piecewise differentiable: a gradient moves w within its component.
    """

    statistics: CodeStatistics
    weights: Tensor  # (q,) of the components
    means: Tensor  # (q, m) whitened
    factors: Tensor  # (q, a, a) lower Cholesky factors on the leading a axes
    deviations: Tensor  # (q, m - a) standard deviations on the others
    name: str = "mixture"

    @classmethod
    def fit(cls, codes: Tensor, statistics: CodeStatistics, seed: int = 0) -> "Mixture":
        """The mixture fitted to reference codes (r, d) on the CPU; the same seed gives the same mixture.

        Raises:
            ValueError: there are fewer codes than two components need.
        """
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - takes a second, and most processes have no use for it
        from sklearn.mixture import GaussianMixture  # noqa: PLC0415 - likewise

        white = statistics.whitened(codes)
        if len(white) < FEWEST:
            raise ValueError(f"{len(white)} codes are too few for a mixture")
        count, leading = min(_MOST, len(white) // _SHARE), white[:, :MODELLED].double().numpy()
        with warnings.catch_warnings():  # the result of the last iteration will do
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = GaussianMixture(count, reg_covar=_REGULAR, random_state=seed).fit(leading)
        odds = torch.from_numpy(fitted.predict_proba(leading)).float()
        mass = odds.sum(dim=0).clamp_min(1e-6)[:, None]
        means = odds.T @ white / mass
        rest = white[:, MODELLED:]
        variances = (odds.T @ rest.square() / mass - means[:, MODELLED:].square()).clamp_min(_REGULAR)
        covariances = torch.from_numpy(fitted.covariances_)
        return cls(
            statistics,
            torch.from_numpy(fitted.weights_).float(),
            means,
            torch.linalg.cholesky(covariances).float().contiguous(),  # as it is kept: order of sums
            variances.sqrt(),
        )

    @property
    def dimension(self) -> int:
        """The number of entries of z: one for the component, one for each axis."""
        return 1 + self.means.shape[1]

    def decode(self, latents: Tensor) -> Tensor:
        """The codes (k, d) of z (k, dimension)."""
        return by_blocks(self._decoded, latents)

    def _decoded(self, latents: Tensor) -> Tensor:
        """The codes of a block of latents."""
        ranks = torch.special.ndtr(latents[:, 0].detach()).contiguous()
        limits = self.weights.cumsum(0).to(ranks)[:-1].contiguous()
        chosen = torch.searchsorted(limits, ranks)
        axes = self.factors.shape[1]
        leading = (self.factors[chosen] * latents[:, None, 1 : 1 + axes]).sum(dim=2)
        rest = self.deviations[chosen] * latents[:, 1 + axes :]
        return self.statistics.unwhitened(self.means[chosen] + torch.cat([leading, rest], dim=1))

    def state(self) -> dict[str, Tensor]:
        """The mixture's tensors, as they are stored."""
        tensors = {"weights": self.weights, "means": self.means}
        tensors |= {"factors": self.factors, "deviations": self.deviations}
        return {name: value.cpu().contiguous() for name, value in tensors.items()}

    @classmethod
    def of_state(cls, statistics: CodeStatistics, state: Mapping[str, Tensor]) -> "Mixture":
        """The mixture with the tensors that ``state`` returned, on the device of the statistics."""
        weights, means, factors, deviations = (
            state[name].to(statistics.mean) for name in ("weights", "means", "factors", "deviations")
        )
        return cls(statistics, weights, means, factors, deviations)
