"""Whether another network calls the samples what the neuron is called."""

import torch
from torch import Tensor

from inverset.contract.evidence import Agreement
from inverset.sampler.bundle import Labeller
from inverset.sampler.evaluation.figures import ImageSet
from inverset.sampler.problem import Problem

_BATCH, _MOST = 100, 200  # images at once; of a set that are named
_SPELLINGS = str.maketrans("_-", "  ")


def agreement(
    problem: Problem, samples: ImageSet, natural: ImageSet | None, ceiling: ImageSet | None
) -> tuple[Agreement, ...] | None:
    """For each neuron that has a label which the bundle's labeller knows: the share of each set put into that class.

    ``natural`` are photographs in band, ``ceiling`` these through G; None where there are none. None instead of a tuple: no such label.
    """
    labeller = problem.bundle.labeller
    if labeller is None:
        return None
    places = _places(problem, labeller)
    if not places:
        return None
    own = _named(labeller, samples.images)
    others = [each and _named(labeller, each.images) for each in (natural, ceiling)]
    return tuple(
        Agreement(
            labeller.name,
            neuron,
            labeller.labels[place],
            _share(own, place),
            *(None if each is None else _share(each, place) for each in others),
        )
        for neuron, place in places.items()
    )


def _share(named: Tensor, place: int) -> float:
    return float((named == place).double().mean())


def _places(problem: Problem, labeller: Labeller) -> dict[str, int]:
    """Neuron -> the place of its label among the labeller's, of those that have one."""
    known = {_plain(label): place for place, label in reversed(list(enumerate(labeller.labels)))}
    found = {}
    for neuron in problem.neurons:
        labels = problem.bundle.labels.get(neuron.layer, ())
        if neuron.directions is None and neuron.unit < len(labels) and _plain(labels[neuron.unit]) in known:
            found[str(neuron)] = known[_plain(labels[neuron.unit])]
    return found


def _plain(label: str) -> str:
    """``church_building, kirk`` and ``church building`` are the same class."""
    return label.partition(",")[0].translate(_SPELLINGS).strip().lower()


def _named(labeller: Labeller, images: Tensor) -> Tensor:
    some = images[torch.linspace(0, len(images) - 1, min(len(images), _MOST)).round().long()]
    return torch.cat([labeller.read(batch) for batch in some.split(_BATCH)])
