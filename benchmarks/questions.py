"""What is asked again and again: neurons of five layers and pairs of them, from common bands to ones beyond all references."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Band, Neuron, Problem

LAYERS = ("fc8", "fc7", "conv5", "conv3", "conv1")
INTERSECTION = "intersection"
GROUPS = (*LAYERS, INTERSECTION)
BEYOND = "beyond max"
QUANTILES = {"q.50-q.70": (0.5, 0.7), "q.90-q.97": (0.9, 0.97), "q.997-max": (0.997, 1.0)}
TOGETHER = {"both q.60-q.95": (0.6, 0.95), "both q.90-q.99": (0.9, 0.99), "both q.97-max": (0.97, 1.0)}
LEVELS = (*QUANTILES, BEYOND, *TOGETHER)
_PAIRS = (("fc8", "conv5"), ("fc7", "conv3"))  # whose units of the same number are asked together
_CROWN, _NEAR, _FAR = 0.99, 0.05, 0.8  # beyond: by shares of what lies between that quantile and the largest


class Question(NamedTuple):
    """One neuron at one band, or two at once."""

    group: str  # its layer, or ``INTERSECTION``
    level: str
    problem: Problem

    @property
    def neurons(self) -> str:
        """For people and files."""
        return " AND ".join(map(str, self.problem.neurons))


def questions(bundle: Bundle, neurons: int, groups: tuple[str, ...] = GROUPS) -> Iterator[Question]:
    """Every question on the first ``neurons`` units of each layer, and on as many pairs; neurons that say one number are left out."""
    if bundle.reference is None:
        raise ValueError(f"{bundle.name} has no natural images to take bands from")
    for group in groups:
        for unit in range(neurons):
            layers = _PAIRS[unit % len(_PAIRS)] if group == INTERSECTION else (group,)
            asked = tuple(Neuron.parse(f"{layer}:{unit}", bundle) for layer in layers)
            columns = bundle.reference.read(asked).T
            levels = [_together(values) if group == INTERSECTION else _levels(values) for values in columns]
            for level in levels[0]:
                if all(level in each for each in levels):
                    yield Question(
                        group, level, Problem(bundle, asked, tuple(each[level] for each in levels))
                    )


def _levels(values: Tensor) -> Mapping[str, Band]:
    """Bands of one neuron by its reference activations (r,)."""
    crown, most = float(values.quantile(_CROWN)), float(values.max())
    result = _between(values, QUANTILES)
    if most > crown:
        result[BEYOND] = Band(most + _NEAR * (most - crown), most + _FAR * (most - crown))
    return result


def _together(values: Tensor) -> Mapping[str, Band]:
    return _between(values, TOGETHER)


def _between(values: Tensor, levels: Mapping[str, tuple[float, float]]) -> dict[str, Band]:
    ends = {level: [float(values.quantile(share)) for share in shares] for level, shares in levels.items()}
    return {level: Band(low, high) for level, (low, high) in ends.items() if low < high}
