"""The scale of the penalty: mu is weighed against D, whose size differs between networks and objectives.

The published mu, 10 and ten times more each round, stood against D of K = 10 codes in CaffeNet's fc6: 4096 entries of standard
deviation 3.74, so that two natural images lie 114,600 apart in the mean of squares (5.3 an entry; the paper's table 1 has 4.8 to 6.0).
What pushes one code away from K others grows with K and with that distance. A penalty is therefore counted in

    K (mean squared distance of natural images, where D is measured) / (10 x 114,600),

and its constraints so that a band is ten wide, as the paper's are. Multiplying features, codes or pixels by a number, or a neuron and
its band, changes no step then; and mu = 10 is as weak a beginning as it was there.
"""

from typing import Literal

import torch
from torch import Tensor

from inverset.sampler.codes import CAFFENET_DEVIATION, Starts, draw_coordinates, to_codes
from inverset.sampler.problem import Problem

DiversitySpace = Literal["features", "images", "codes"] | None  # what D keeps apart; None: nothing
_CAFFENET = 10 * 2 * 4096 * CAFFENET_DEVIATION**2  # K times the mean squared distance
_LOOKED_AT = 200  # natural images, or draws where there are none
_BATCH = 20


def penalty_unit(problem: Problem, space: DiversitySpace, k: int) -> tuple[Tensor, int]:
    """The value of a penalty of 1 for k codes: (), and the number of forward passes that measuring it took."""
    statistics = problem.bundle.statistics
    if space is None:
        return torch.ones_like(statistics.typical_norm), 0
    passes, variances = 0, statistics.deviations.square()
    if space != "codes":
        values = _natural(problem, space)
        if values is None:
            values, passes = _drawn(problem, space), _LOOKED_AT
        variances = values.to(statistics.mean).var(dim=0)
    return k * 2 * variances.sum() / _CAFFENET, passes


def _natural(problem: Problem, space: DiversitySpace) -> Tensor | None:
    """Features (r, e) or values in [0, 1] (r, 3 h w) of reference images; None: the model has none."""
    reference = problem.bundle.reference
    if reference is None:
        return None
    if space == "features":
        return reference.codes
    rows = torch.linspace(0, len(reference.codes) - 1, min(_LOOKED_AT, len(reference.codes))).long()
    return reference.images(rows.tolist()).flatten(1).float() / 255


@torch.no_grad()
def _drawn(problem: Problem, space: DiversitySpace) -> Tensor:
    """Features or values, as in ``_natural``, of draws of the prior."""
    random = torch.Generator().manual_seed(0)  # its own: the same unit for every seed
    drawn = draw_coordinates(problem, _LOOKED_AT, Starts(source="prior"), random)
    parts = [problem.forward(to_codes(problem, chunk)) for chunk in drawn.split(_BATCH)]
    return torch.cat([part.features if space == "features" else part.images.flatten(1) for part in parts])
