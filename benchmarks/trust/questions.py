"""What is asked, and the real images that no model knows: of `scenes` from other seeds, of photographs those held out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.evidence import reread
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.zoo.scenes.world import render_set

SEED, COUNT = 41, 6_000  # of scenes that were no references


@dataclass(frozen=True)
class Question:
    """A neuron in a band of quantiles of its references."""

    neuron: str
    low: float
    high: float

    @property
    def name(self) -> str:
        """For files: ``fc8-volcano-90``."""
        return f"{self.neuron.replace(':', '-').replace(' ', '-')}-{round(100 * self.low)}"

    def problem(self, bundle: Bundle) -> Problem:
        """In this model."""
        neuron = Neuron.parse(self.neuron, bundle)
        assert bundle.reference is not None
        activations = bundle.reference.read([neuron])[:, 0]
        return Problem(
            bundle, (neuron,), (Band(*activations.quantile(torch.tensor([self.low, self.high])).tolist()),)
        )


SCENES = (
    Question("fc8:volcano", 0.90, 0.97),
    Question("fc8:lighthouse", 0.94, 0.99),
    Question("fc7:17", 0.20, 0.35),
    Question("conv5:1", 0.90, 0.97),
    Question("fc8:fish", 0.92, 0.98),
)
PHOTOGRAPHS = (
    Question("fc:church", 0.90, 0.97),
    Question("fc:golf ball", 0.90, 0.97),
    Question("fc:parachute", 0.90, 0.97),
)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Real images that no model was measured on."""

    render: Callable[[], tuple[Tensor, Tensor]]  # images (n, 3, h, w) uint8 and their classes (n,)
    _said: dict[tuple[str, ...], Tensor] = field(default_factory=dict)  # by neurons

    @cached_property
    def both(self) -> tuple[Tensor, Tensor]:
        """Images and classes."""
        return self.render()

    def inside(self, problem: Problem) -> tuple[Tensor, Tensor]:
        """Numbers of the images in band (r,), and their activations (r,)."""
        output = self.said(problem)
        low, high = problem.bands[0].low, problem.bands[0].high
        rows = ((output >= low) & (output <= high)).nonzero()[:, 0]
        return rows, output[rows]

    def said(self, problem: Problem) -> Tensor:
        """What the neuron says of each, in the one network that these are held out of: (n,)."""
        request = tuple(map(str, problem.neurons))
        if request not in self._said:
            with torch.no_grad():
                self._said[request] = reread(problem.bundle, problem.neurons, self.both[0])[:, 0]
        return self._said[request]

    def images(self, rows: Tensor) -> Tensor:
        """By number: (len, 3, h, w) uint8."""
        return self.both[0][rows]


def scenes() -> tuple[Tensor, Tensor]:
    """Of the world of `scenes`."""
    result = render_set(SEED, COUNT)
    return torch.from_numpy(result.pixels), torch.from_numpy(result.classes)


def drawn(rows: Tensor, count: int, seed: int) -> Tensor:
    """So many of them at random."""
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    return rows[order[:count]]


def lowest(rows: Tensor, said: Tensor, count: int) -> Tensor:
    """Those at the lower end of the band."""
    return rows[said.argsort()[:count]]


def outside(problem: Problem, held_out: HeldOut) -> Tensor:
    """Numbers of the images well below the band: of the lower half of all activations."""
    output = held_out.said(problem)
    return (output < min(problem.bands[0].low, float(output.median()))).nonzero()[:, 0]
