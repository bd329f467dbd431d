"""Measures a prior's draws: by a judge, beside natural images that the prior was not fitted on, and whether they are copies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from inverset.contract.encoding import OPTIONAL
from inverset.sampler.bundle import Bundle, Prior
from inverset.sampler.evaluation import metrics
from inverset.sampler.neuron import Neuron
from inverset.sampler.problem import read_images, to_uint8

_BATCH = 50


@dataclass(frozen=True)
class Networks:
    """G, E and the judge, as they are used to measure draws."""

    paint: Callable[[Tensor], Tensor]  # codes (k, d) -> images (k, 3, h, w) uint8 on the CPU
    encode: Callable[[Tensor], Tensor] | None  # images -> codes on the CPU; None: G inverts no layer
    read: Callable[[Tensor], Tensor]  # images -> (k, j) in the judge's space, on the CPU
    device: torch.device

    @classmethod
    def of(cls, bundle: Bundle, read: Callable[[Tensor], Tensor]) -> "Networks":
        """The networks of a bundle, with its judge's features of images."""
        first = (Neuron.parse(f"{bundle.layers[0]}:0", bundle),)  # something has to be read beside E

        def paint(codes: Tensor) -> Tensor:
            return to_uint8(bundle.generator(codes).clamp(0, 1))

        def encode(images: Tensor) -> Tensor:
            return read_images(bundle, first, images)[1].cpu()

        inverse = bundle.statistics.cycle_limit is not None
        return cls(paint, encode if inverse else None, read, bundle.statistics.mean.device)

    @torch.no_grad()
    def painted(self, codes: Tensor) -> Tensor:
        """G's images of codes (k, d)."""
        return torch.cat([self.paint(batch.to(self.device)) for batch in codes.split(_BATCH)])

    @torch.no_grad()
    def encoded(self, images: Tensor) -> Tensor:
        """E's features of images (k, 3, h, w)."""
        assert self.encode is not None  # noqa: S101 - checked by the caller
        return torch.cat([self.encode(batch) for batch in images.split(_BATCH)])


@dataclass(frozen=True)
class Figures:
    """Precision, coverage and recall of images against held-out ones."""

    precision: float
    coverage: float
    recall: float

    @classmethod
    def of(cls, images: Tensor, others: Tensor) -> "Figures":
        """The figures of images (n, j) given as the judge's features."""
        fidelity = metrics.fidelity(images, others)
        return cls(fidelity.precision, fidelity.coverage, fidelity.recall)

    def named(self) -> dict[str, float]:
        """The three by their names."""
        return {"precision": self.precision, "coverage": self.coverage, "recall": self.recall}

    @property
    def mean(self) -> float:
        """The harmonic mean of precision and coverage: high only if both are."""
        return 2 * self.precision * self.coverage / max(1e-9, self.precision + self.coverage)


@dataclass(frozen=True)
class Worth:
    """The measured quality of draws, also after one pass c' = E(G(c)) if G inverts E."""

    kind: str
    draws: int
    through: Figures  # against held-out images through G
    raw: Figures  # against these images themselves
    nearest: float  # mean distance to the nearest code fitted on, over that of held-out codes
    nearest_cleaned: float | None  # the same after the pass, for both
    cycle: float | None  # median |E(G(c)) - c| / |c| of draws
    cycle_cleaned: float | None  # after the pass

    @property
    def nearness(self) -> float:
        """The smaller ratio of distances to the nearest code; well below 1, draws are copies."""
        return min(self.nearest, self.nearest if self.nearest_cleaned is None else self.nearest_cleaned)


@dataclass(frozen=True)
class PriorCard:
    """What is stored of a prior beside its weights: its kind, and how good its draws were found to be."""

    kind: str
    judge: str | None = field(default=None, metadata=OPTIONAL)  # None, as what follows: it was not measured
    ceiling: Worth | None = field(default=None, metadata=OPTIONAL)
    tried: tuple[Worth, ...] | None = field(default=None, metadata=OPTIONAL)

    @property
    def worth(self) -> Worth | None:
        """The quality of its draws."""
        return next((each for each in self.tried or () if each.kind == self.kind), None)


@dataclass(frozen=True)
class Nature:
    """Codes that a prior is fitted on, and natural images that it is not."""

    networks: Networks
    fitted: Tensor  # codes (t, d) on the CPU
    held: Tensor  # codes (n, d) of the others, on the CPU
    photographs: Tensor  # the others themselves, (n, 3, h, w) uint8
    more: Tensor  # codes of further natural images (m, d), which show what G can reach

    @cached_property
    def ceiling(self) -> Worth:
        """The figures of natural images through G: the best that draws could reach."""
        images = self.networks.painted(self.more)
        cycle = None
        if self.networks.encode is not None:
            cycle = _cycle(self.networks.encoded(images), self.more)
        seen = self.networks.read(images)
        figures = Figures.of(seen, self._through), Figures.of(seen, self._raw)
        return Worth("natural images through G", len(self.more), *figures, 1.0, None, cycle, None)

    @torch.no_grad()
    def worth(self, prior: Prior, seed: int = 0) -> Worth:
        """The figures of draws, as many as there are held-out images."""
        codes, networks = _drawn(prior, len(self.held), self.networks.device, seed), self.networks
        images, nearest = networks.painted(codes), self._nearest(codes, self.held)
        cycle = cleaned = nearest_cleaned = None
        if networks.encode is not None:
            again = networks.encoded(images)
            cycle = _cycle(again, codes)
            images = networks.painted(again)
            cleaned = _cycle(networks.encoded(images), again)
            nearest_cleaned = self._nearest(again, self._held_cleaned)
        seen = networks.read(images)
        figures = Figures.of(seen, self._through), Figures.of(seen, self._raw)
        return Worth(prior.name, len(codes), *figures, nearest, nearest_cleaned, cycle, cleaned)

    @cached_property
    def _pictures(self) -> Tensor:
        return self.networks.painted(self.held)

    @cached_property
    def _through(self) -> Tensor:
        return self.networks.read(self._pictures)

    @cached_property
    def _raw(self) -> Tensor:
        return self.networks.read(self.photographs)

    @cached_property
    def _held_cleaned(self) -> Tensor:
        return self.networks.encoded(self._pictures)

    def _nearest(self, codes: Tensor, held: Tensor) -> float:
        return nearness(codes, held, self.fitted)


def nearness(codes: Tensor, held: Tensor, fitted: Tensor) -> float:
    """The mean distance of codes (k, d) to the nearest fitted one (t, d), over that of held-out codes (n, d)."""
    away, natural = (float(metrics.nearest(compared, fitted).distances.mean()) for compared in (codes, held))
    return away / max(1e-9, natural)


def _drawn(prior: Prior, count: int, device: torch.device, seed: int) -> Tensor:
    """Draws of the prior: codes (count, d) on the CPU."""
    latents = torch.randn(count, prior.dimension, generator=torch.Generator().manual_seed(seed))
    return prior.decode(latents.to(device)).cpu()


def _cycle(again: Tensor, codes: Tensor) -> float:
    """The median of |E(G(c)) - c| / |c|."""
    return float(((again - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)).median())
