"""What the counterfactuals of a finished job changed, read off the delivered files."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from sampler.bundle import Bundle
from sampler.evaluation.changes import Changes, distances, factors, summary, units
from sampler.problem import Problem, read_images
from sampler.sampling import Result
from worker import sample_details
from worker.sample_details import Looked

_BATCH = 200


class Pairs(NamedTuple):
    """Samples and what they began as."""

    starts: Tensor  # (n, 3, h, w) uint8
    images: Tensor  # (n, 3, h, w) uint8
    features: Tensor  # E(x) of the images: (n, e)


def look(problem: Problem, pairs: Pairs, looked: Looked, measured: dict[str, Any]) -> Changes:
    """Compare samples, of which the units were read already, with their starts; the evidence is told what changed on the average."""
    asked = (*problem.neurons, *looked.units)
    read = [read_images(problem.bundle, asked, batch) for batch in pairs.starts.split(_BATCH)]
    before, began = (torch.cat([each[at].cpu() for each in read]) for at in (0, 1))
    found = Changes(
        distances(problem, began, pairs.features),
        units(problem, looked.units, before[:, len(problem.neurons) :], looked.values),
        factors(problem.bundle, pairs.starts, pairs.images),
    )
    measured["changes"] = summary(found)
    return found


def of_result(bundle: Bundle, result: Result) -> None:
    """The same of counterfactuals that were found without a service."""
    problem = Problem.of(bundle, result.targets)
    pairs = Pairs(result.starts, result.images, result.features)
    look(problem, pairs, sample_details.look(problem, result.images), result.evidence or {})
