"""What samples may be measured by: natural images in band, these through G, these jittered, draws of the prior, and chance."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.figures import Figures
from inverset.sampler.codes import takes_images, to_codes, to_coordinates
from inverset.sampler.evaluation.figures import (
    FEWEST,
    LOOKED_AT,
    ImageSet,
    NetworkOutputs,
    ReferenceSplit,
    has_bands,
    in_band,
)
from inverset.sampler.judges import Space
from inverset.sampler.problem import Problem, to_uint8

MOST_DRAWINGS, _LEAST_DRAWINGS = 500, 50  # of codes
MOST_PAINTED = 200  # natural images through G
_LEAST_OF_A_KIND, _MOST_OF_A_KIND = 50, 100  # draws of the prior, and jittered references
_SHARE = (
    5  # a drawing for so many evaluations of the run: evidence is to take a fraction of the time of sampling
)
JITTER = 0.2  # standard deviations of reference codes, added along each axis
_BATCH, _DRAWN_AT_ONCE = 200, 50


class Baseline(NamedTuple):
    """A set of images that samples are compared with."""

    what: str
    image_set: ImageSet | None  # None: there is none of the kind
    drawn: int | None = None  # of how many draws these are those in band


class Baselines(NamedTuple):
    """All sets that samples are compared with, in the order of the evidence's columns."""

    natural: Baseline
    ceiling: Baseline  # natural images through the generator
    jittered: Baseline
    prior: Baseline
    chance: Baseline


def draw_baselines(
    problem: Problem, split: ReferenceSplit | None, space: Space | None, count: int, evaluations: float
) -> Baselines:
    """All of them.

    Args:
        problem: what was asked.
        split: the references that samples are held against.
        space: where images are compared.
        count: how many samples there are.
        evaluations: what the run itself took; the more, the more codes are drawn.
    """
    few = min(_MOST_OF_A_KIND, max(_LEAST_OF_A_KIND, count // 2))
    prior, chance = _draws(problem, space, few, count, evaluations)
    return Baselines(
        Baseline("other natural images in the band", None if split is None else natural(problem, split)),
        Baseline(
            "these natural images through the generator",
            None if split is None else _ceiling(problem, split),
        ),
        _jittered(problem, split, few),
        prior,
        chance,
    )


def natural(problem: Problem, split: ReferenceSplit) -> ImageSet:
    """Photographs in band that samples are not held against, or where these are few, the same."""
    reference, rows = problem.bundle.reference, split.natural
    assert reference is not None  # noqa: S101 - else nothing is compared
    features = reference.codes[rows]
    outputs = NetworkOutputs(
        features.new_zeros(len(rows), 0), reference.read(problem.neurons)[rows], features
    )
    images = reference.images(rows[:LOOKED_AT].tolist())
    return ImageSet(outputs, images, split.space.references[rows], rows)


def _ceiling(problem: Problem, split: ReferenceSplit) -> ImageSet | None:
    """None: the generator can be given no image."""
    reference = problem.bundle.reference
    assert reference is not None  # noqa: S101 - likewise
    if not takes_images(reference):
        return None
    rows = split.natural[:MOST_PAINTED]
    painted, whole = _painted(problem, split.space, reference.invert(rows))
    return painted._replace(of=rows[whole]) if bool(whole.any()) else None


def _jittered(problem: Problem, split: ReferenceSplit | None, few: int) -> Baseline:
    """Natural images in band, a little moved and painted: what hardly needs a sampler."""
    what, reference = (
        "these natural images with a little noise, through the generator",
        problem.bundle.reference,
    )
    if split is None or reference is None or not takes_images(reference):
        return Baseline(what, None)
    random = torch.Generator().manual_seed(0)
    rows = split.natural[torch.randint(len(split.natural), (few,), generator=random)]
    places = to_coordinates(problem, reference.invert(rows)).cpu()
    moved = places + JITTER * torch.randn(places.shape, generator=random)
    device = problem.bundle.statistics.mean
    painted, whole = _painted(problem, split.space, to_codes(problem, moved.to(device)))
    inside = in_band(problem, painted.outputs.activations)
    if bool(torch.isin(rows, split.held).any()):  # a photograph's own neighbourhood says nothing of its copy
        painted = painted._replace(of=rows[whole])
    return Baseline(what, _only(painted, inside), few)


def _draws(
    problem: Problem, space: Space | None, few: int, count: int, evaluations: float
) -> tuple[Baseline, Baseline]:
    """Draws of the prior, wherever they lie; and draws from the code statistics that lie in band, where one was asked."""
    budget = int(min(MOST_DRAWINGS, max(_LEAST_DRAWINGS, evaluations // _SHARE))) if has_bands(problem) else 0
    drawn, kept, first = 0, list[ImageSet](), list[ImageSet]()
    for codes in _gaussian(problem, max(budget, few if problem.bundle.prior is None else 0)):
        found, _ = _painted(problem, space, codes)
        drawn += len(codes)
        if drawn <= few or not first:
            first.append(found)
        kept.append(_taken(found, in_band(problem, found.outputs.activations)))
        if drawn >= few and sum(len(each.images) for each in kept) >= max(FEWEST, count):
            break
    prior = _joined(first) if problem.bundle.prior is None else _of_prior(problem, space, few)
    chance = _joined(kept) if has_bands(problem) else None
    return (
        Baseline("random images, in the band or not", prior if len(prior.images) else None),
        Baseline(
            "random codes whose images lie in the band",
            chance if chance and len(chance.images) else None,
            drawn if has_bands(problem) else None,
        ),
    )


def _of_prior(problem: Problem, space: Space | None, few: int) -> ImageSet:
    prior = problem.bundle.prior
    assert prior is not None  # noqa: S101 - asked by the caller
    latents = torch.randn(few, prior.dimension, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        codes = prior.decode(latents.to(problem.bundle.statistics.mean))
    return _painted(problem, space, codes)[0]


def _gaussian(problem: Problem, budget: int) -> Iterator[Tensor]:
    """The same codes for the same model: (batch, d) at a time."""
    random, scales = torch.Generator().manual_seed(0), problem.bundle.statistics.scales
    for first in range(0, budget, _DRAWN_AT_ONCE):
        size = (min(_DRAWN_AT_ONCE, budget - first), len(scales))
        yield to_codes(problem, torch.randn(size, generator=random).to(scales))


@torch.no_grad()
def _painted(problem: Problem, space: Space | None, codes: Tensor) -> tuple[ImageSet, Tensor]:
    """What G makes of codes (k, d), without what is no number; and which those are not: (k,) bool."""
    device, made, kept = problem.bundle.statistics.mean.device, list[ImageSet](), list[Tensor]()
    for batch in codes.split(_BATCH):
        found = problem.forward(batch.to(device))
        whole = found.finite().cpu()
        columns = (batch.cpu(), found.activations.cpu(), found.features.cpu())
        images = to_uint8(found.images)[whole]
        judged = None if space is None else space.read(images)
        made.append(ImageSet(NetworkOutputs(*(column[whole] for column in columns)), images, judged))
        kept.append(whole)
    return _joined(made), torch.cat(kept)


def _joined(several: Iterable[ImageSet]) -> ImageSet:
    every = list(several)
    columns = zip(*(each.outputs[:3] for each in every), strict=True)
    judged = [each.judged for each in every if each.judged is not None]
    return ImageSet(
        NetworkOutputs(*(torch.cat(column) for column in columns)),
        torch.cat([each.images for each in every]),
        torch.cat(judged) if judged else None,
    )


def _taken(found: ImageSet, which: Tensor) -> ImageSet:
    """Those images alone, which may be none."""
    outputs = NetworkOutputs(*(column[which] for column in found.outputs[:3]))
    judged = None if found.judged is None else found.judged[which]
    return ImageSet(outputs, found.images[which], judged, None if found.of is None else found.of[which])


def _only(found: ImageSet, which: Tensor) -> ImageSet | None:
    return _taken(found, which) if bool(which.any()) else None


def described(baseline: Baseline, figures: Figures | None) -> Figures | None:
    """A column: what the set is, and its figures; None: there is no such set, and nobody looked for one."""
    if figures is None and baseline.drawn is None:
        return None
    found = replace(figures or Figures(), what=baseline.what)
    if baseline.drawn is None:
        return found
    rate = found.count / baseline.drawn
    return replace(
        found,
        in_band_rate=rate,
        drawn=baseline.drawn,
        evaluations_per_sample=1 / rate if rate else None,
    )
