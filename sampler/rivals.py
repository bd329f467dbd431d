"""What samples may be measured by: natural images in band, and what chance finds in the same bands."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from sampler import metrics
from sampler.codes import takes_images, to_codes
from sampler.judging import FEWEST, Compared, Judged, Seen, banded, in_band, judge
from sampler.problem import Problem

MOST_DRAWINGS, _LEAST_DRAWINGS = 500, 50  # of codes
_SHARE = (
    5  # a drawing for so many evaluations of the run: evidence is to take a fraction of the time of sampling
)
_BATCH, _DRAWN_AT_ONCE = 200, 50
_CLOSE = 500  # natural images whose distance to their own reference is measured


def natural(problem: Problem, compared: Compared | None) -> dict[str, Any] | None:
    """What natural images in band become in the same generator, or are where it can be given none; None: there are none."""
    reference = problem.bundle.reference
    if compared is None or reference is None:
        return None
    themselves = reference.codes[compared.natural]
    if not takes_images(reference):
        activations = reference.read(problem.neurons)[compared.natural]
        seen = Seen(themselves.new_zeros(len(themselves), 0), activations, themselves)
        return {
            "what": "natural images in band as they are: the generator can be given none",
            **_told(judge(problem, seen, compared)),
            "nearest_reference": None,
        }
    seen = _seen(problem, reference.invert(compared.natural).split(_BATCH))
    close = metrics.nearest(seen.features[:_CLOSE], themselves)
    return {
        "what": "natural images in band, through E and G",
        **_told(judge(problem, seen, compared)),
        "nearest_reference": {"mean": float(close.distances.mean()), "min": float(close.distances.min())},
    }


def rejection(
    problem: Problem, compared: Compared | None, count: int, evaluations: int
) -> dict[str, Any] | None:
    """Draw codes from the code statistics and keep those in band, until there are as many as samples or the budget is spent.

    Args:
        problem: what was asked.
        compared: the references that samples are held against.
        count: how many samples there are.
        evaluations: what the run itself took; the more, the more codes are drawn, up to ``MOST_DRAWINGS``.

    Returns:
        Figures as of the samples, ``evaluations`` and ``in_band_rate`` of all that was drawn; the other figures are None where
        nothing was found. And None where no band was asked: everything would be kept.
    """
    if not banded(problem):
        return None
    budget = min(MOST_DRAWINGS, max(_LEAST_DRAWINGS, evaluations // _SHARE))
    drawn, found = _drawn(problem, max(FEWEST, count), budget)
    rate = len(found.features) / drawn
    figures = _told(judge(problem, found, compared)) if len(found.features) else _NOTHING
    return {
        "what": "codes drawn from the code statistics, those in band kept",
        **figures,
        "in_band_rate": rate,
        "evaluations": drawn,
        "evaluations_per_sample": 1 / rate if rate else None,
    }


_NOTHING = {
    "count": 0,
    **dict.fromkeys(("ks_uniform", "mpd", "mpd_per_sqrt_d", "nearest_neighbour", "vendi"), None),
    **dict.fromkeys(("precision", "recall", "density", "coverage", "codes"), None),
}


def _told(judged: Judged) -> dict[str, Any]:
    return {**judged.spread, **judged.held, "codes": judged.codes}


def _drawn(problem: Problem, wanted: int, budget: int) -> tuple[int, Seen]:
    """How many codes were drawn, and those of them in band."""
    drawn, kept = 0, list[Seen]()
    for codes in _draws(problem, budget):
        seen = _seen(problem, [codes])
        inside = in_band(problem, seen.activations)
        drawn += len(codes)
        kept.append(Seen(*(column[inside] for column in seen)))
        if sum(len(each.features) for each in kept) >= wanted:
            break
    return drawn, _joined(kept)


def _draws(problem: Problem, budget: int) -> Iterable[Tensor]:
    """The same codes for the same model: (batch, d) at a time."""
    random, scales = torch.Generator().manual_seed(0), problem.bundle.statistics.scales
    for first in range(0, budget, _DRAWN_AT_ONCE):
        size = (min(_DRAWN_AT_ONCE, budget - first), len(scales))
        yield to_codes(problem, torch.randn(size, generator=random).to(scales))


@torch.no_grad()
def _seen(problem: Problem, batches: Iterable[Tensor]) -> Seen:
    device, seen = problem.bundle.statistics.mean.device, list[Seen]()
    for codes in batches:
        found = problem.forward(codes.to(device))
        whole = found.finite().cpu()
        columns = (codes.cpu(), found.activations.cpu(), found.features.cpu())
        seen.append(Seen(*(column[whole] for column in columns)))
    return _joined(seen)


def _joined(seen: Iterable[Seen]) -> Seen:
    return Seen(*(torch.cat(columns) for columns in zip(*seen, strict=True)))
