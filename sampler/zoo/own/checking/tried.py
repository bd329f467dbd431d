"""A model under test with some codes and their images, and the format of a test's result."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from inverset.contract.errors import first_line
from inverset.sampler.bundle import Bundle
from inverset.sampler.codes import to_codes
from inverset.sampler.problem import Band, Neuron, Problem

State = Literal["ok", "warning", "wrong"]
OK: State = "ok"
WARNING: State = "warning"
WRONG: State = "wrong"
CODES = 8  # that are tested; enough to show most faults
_UNITS = 16  # of a layer, since any one may be dead


class Line(NamedTuple):
    """The result of one test."""

    what: str
    state: State
    result: str
    advice: str = ""  # what to do about it


@dataclass(frozen=True)
class Tried:
    """A model under test, with some codes and their images."""

    bundle: Bundle
    codes: Tensor  # (k, d)
    raw: Tensor  # G's images, before they are cut off and rounded: (k, 3, h, w)
    natural: Tensor | None  # what they should be, where reference images have codes: (k, 3, h, w) in [0, 1]

    @classmethod
    @torch.no_grad()
    def of(cls, bundle: Bundle) -> "Tried":
        """The model with some painted codes; raises what G raises."""
        codes, natural = starting_codes(bundle, CODES)
        return cls(bundle, codes, bundle.generator(codes), natural)


def starting_codes(bundle: Bundle, count: int) -> tuple[Tensor, Tensor | None]:
    """Codes of reference images, evenly spread, and these images in [0, 1]; or draws from the code statistics, and None."""
    device, reference = bundle.statistics.mean.device, bundle.reference
    if reference is not None:
        rows = torch.arange(min(count, len(reference.codes))) * len(reference.codes) // count
        codes = reference.invert(rows)
        if codes.shape[1]:
            return codes.to(device), reference.images(rows.tolist()).to(device).float() / 255
    drawn = torch.randn(count, len(bundle.statistics.scales), generator=torch.Generator().manual_seed(0))
    return to_codes(problem_of(bundle), drawn.to(device)), None


def problem_of(bundle: Bundle, neurons: tuple[Neuron, ...] = ()) -> Problem:
    """A problem of some neurons without a band; by default the deepest layer's first."""
    chosen = neurons or some_neurons(bundle, bundle.layers[-1])[:1]
    return Problem(bundle, chosen, tuple(Band.of(None) for _ in chosen))


def some_neurons(bundle: Bundle, layer: str) -> tuple[Neuron, ...]:
    """A few units of a layer, evenly spread."""
    units = next(each.units for each in bundle.described_layers if each.name == layer)
    count = min(_UNITS, units)
    return tuple(Neuron.parse(f"{layer}:{number * units // count}", bundle) for number in range(count))


def error_line(error: Exception) -> str:
    """An error of an untrusted network in one line."""
    return f"{type(error).__name__}: {first_line(error)}"
