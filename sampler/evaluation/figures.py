"""How any set of images is judged, samples and what they are held against alike: in the judge's space, and in E."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.figures import CodeFigures, Figures, FiguresInE, FiguresOfAsMany, Nearest
from inverset.sampler import judges
from inverset.sampler.codes import to_coordinates
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.sharpness import sharpness, spectrum
from inverset.sampler.judges import Space
from inverset.sampler.problem import Problem

FEWEST = 50  # references in band, below which nothing is said of precision and coverage
MOST_HELD = 2000  # references in band that samples are held against
LOOKED_AT = 100  # images of a set whose sharpness is measured
MOST_PAIRED = 5000  # images of a set that are compared with each other, which grows with their square
DUPLICATE = 0.25  # of how far natural images in band are from the nearest other one: nearer is a duplicate
_QUANTILES = (0.05, 0.5, 0.95, 1.0)


class NetworkOutputs(NamedTuple):
    """A set of images, as the networks see them; on the CPU."""

    codes: Tensor  # c: (n, d)
    activations: Tensor  # f(x): (n, m)
    features: Tensor  # E(x): (n, e)
    starts: Tensor | None = None  # (n, 3, h, w) uint8: the image that each began as; None: not one is known


class ImageSet(NamedTuple):
    """A set of images, as everything sees it; on the CPU."""

    outputs: NetworkOutputs
    images: Tensor  # (l, 3, h, w) uint8, l <= n: all of them, or some to look at
    judged: Tensor | None  # (n, j) in the judge's space; None: without references there is none
    of: Tensor | None = (
        None  # (n,) int64: the reference images that these are or were made of; None: none is known
    )


@dataclass(frozen=True)
class ReferenceSplit:
    """Reference images in band: those that samples are held against, and others that stand for nature.

    As many are compared as there are samples, since coverage of more by fewer is low whatever they show; but never less than FEWEST.
    Nature is as many images as there are samples, if there are so many: most figures change with the number.
    Where there are not twice as many, they are halved; below 2 FEWEST, nature is the same images, each held against the others.
    """

    in_band: int
    held: Tensor  # numbers (r,)
    natural: Tensor  # numbers (s,)
    activations: Tensor  # (in_band, m)
    features: Tensor  # E of those held: (r, e)
    space: Space

    @classmethod
    def choose(cls, problem: Problem, count: int) -> "ReferenceSplit | None":
        """The same choice for the same problem and count; None: no references, none in band, or no band was asked."""
        reference, space = problem.bundle.reference, judges.space(problem.bundle)
        if reference is None or space is None or not has_bands(problem) or problem.references_in_band == 0:
            return None
        inside = problem.nearest_references[: problem.references_in_band]
        order = inside[torch.randperm(len(inside), generator=torch.Generator().manual_seed(0))]
        wanted = min(MOST_HELD, max(FEWEST, count))
        if len(order) < 2 * FEWEST:
            held = natural = order
        else:
            wanted = min(wanted, len(order) // 2)
            held, natural = order[:wanted], order[wanted : 2 * wanted]
        activations = reference.read(problem.neurons)[inside]
        return cls(len(inside), held, natural[:count], activations, reference.codes[held], space)

    @cached_property
    def judged(self) -> Tensor:
        """Those held, in the judge's space: (r, j)."""
        return self.space.references[self.held]

    @cached_property
    def unit(self) -> float | None:
        """How far natural images are from the nearest other one in the judge's space, by the median; None: there is one only."""
        if len(self.natural) < 2:
            return None
        return float(metrics.nearest_others(self.space.references[self.natural]).median())

    def places(self, of: Tensor | None) -> Tensor | None:
        """Where reference images (n,), by number, stand among those held: (n,); -1 elsewhere."""
        if of is None:
            return None
        where = torch.full((int(max(self.held.max(), of.max())) + 1,), -1)
        where[self.held] = torch.arange(len(self.held))
        return where[of]


def has_bands(problem: Problem) -> bool:
    """Whether a band was asked of any neuron; methods that only climb know none."""
    return not all(band.is_open for band in problem.bands)


def figures(problem: Problem, found: ImageSet, split: ReferenceSplit | None) -> Figures:
    """All figures of a set of at least one image."""
    outputs, paired = found.outputs, _paired(found)
    own = None if split is None else split.places(paired.of)
    held = _held(paired.judged, None if split is None else split.judged, own, split)
    held_in_e = _held(paired.features, None if split is None else split.features, own, split)
    spread, spread_in_e = _spread(paired.judged, found.judged), _spread(paired.features, outputs.features)
    return Figures(
        count=len(outputs.features),
        **_placed(problem, outputs.activations, split)._asdict(),
        **held._asdict(),
        unlikeness=_unlike(paired.judged, split),
        **spread._asdict(),
        duplicates=_duplicates(paired.judged, split),
        nearest_reference=_nearest(problem, found),
        sharpness=sharpness(evenly(found.images, LOOKED_AT)),
        spectrum=spectrum(evenly(found.images, LOOKED_AT)),
        in_e=FiguresInE(**spread_in_e._asdict(), **held_in_e._asdict()),
        codes=_codes(problem, outputs),
        paired=None if len(outputs.features) <= MOST_PAIRED else MOST_PAIRED,
    )


def of_as_many(found: ImageSet, split: ReferenceSplit, count: int) -> FiguresOfAsMany:
    """What changes with the number of images, of so many of a set at most."""
    if found.judged is None:
        return FiguresOfAsMany()
    some = evenly(found.judged, count)
    held = _held(some, split.judged, None, split)
    return FiguresOfAsMany(len(some), **held._asdict(), vendi=metrics.vendi(some))


def in_band(problem: Problem, activations: Tensor) -> Tensor:
    """Which images lie in all bands: (n,) bool."""
    low, high = problem.bounds(activations)
    return ((activations >= low) & (activations <= high)).all(dim=1)


class _Paired(NamedTuple):
    """Those images of a set that are compared with each other."""

    features: Tensor  # E(x): (p, e)
    judged: Tensor | None  # (p, j)
    of: Tensor | None  # (p,)


def _paired(found: ImageSet) -> _Paired:
    """All images of a set, or MOST_PAIRED of them."""
    return _Paired(
        evenly(found.outputs.features, MOST_PAIRED),
        None if found.judged is None else evenly(found.judged, MOST_PAIRED),
        None if found.of is None else evenly(found.of, MOST_PAIRED),
    )


class _Placed(NamedTuple):
    """Where activations lie in the bands; of several neurons, the worst."""

    in_band_rate: float | None
    ks_uniform: float | None
    ks_natural: float | None


class _Spread(NamedTuple):
    """How far images are from each other."""

    mpd: float | None = None
    mpd_per_sqrt_d: float | None = None
    nearest_neighbour: Nearest | None = None
    vendi: float | None = None


class _Held(NamedTuple):
    """Precision and coverage against reference images; None: there are too few."""

    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None


def _placed(problem: Problem, activations: Tensor, split: ReferenceSplit | None) -> _Placed:
    """Where activations (n, m) lie in the bands; of several neurons, the worst."""
    rate = float(in_band(problem, activations).double().mean())
    uniform, natural = list[float](), list[float]()
    for column, band in enumerate(problem.bands):
        if band.is_open:
            continue
        values = activations[:, column]
        uniform.append(metrics.distance_to_uniform(values, band.low, band.high))
        if split is not None and split.in_band >= FEWEST:
            natural.append(metrics.distance_between(values, split.activations[:, column]))
    return _Placed(
        rate if has_bands(problem) else None, max(uniform, default=None), max(natural, default=None)
    )


def _spread(features: Tensor | None, every: Tensor | None) -> _Spread:
    """Distances between some images' features (p, e), and the Vendi score of all (n, e)."""
    if features is None or every is None:
        return _Spread()
    found, width = metrics.spread(features), features.shape[1]
    if found is None:
        return _Spread(vendi=metrics.vendi(every))
    return _Spread(
        found.mean_pairwise,
        found.mean_pairwise / width**0.5,
        Nearest(found.nearest_mean, found.nearest_least),
        metrics.vendi(every),
    )


def _held(
    features: Tensor | None, held: Tensor | None, own: Tensor | None, split: ReferenceSplit | None
) -> _Held:
    if features is None or held is None or split is None or split.in_band < FEWEST:
        return _Held()
    return _Held(*metrics.fidelity(features, held, own=own))


def _unlike(judged: Tensor | None, split: ReferenceSplit | None) -> float | None:
    if judged is None or split is None or split.in_band < FEWEST:
        return None
    return metrics.unlikeness(judged, split.judged)


def _duplicates(judged: Tensor | None, split: ReferenceSplit | None) -> float | None:
    """Share of images that have another one within DUPLICATE of what is natural; None: nobody knows what is."""
    if judged is None or split is None or not split.unit or len(judged) < 2:
        return None
    return float((metrics.nearest_others(judged) < DUPLICATE * split.unit).double().mean())


def _nearest(problem: Problem, found: ImageSet) -> Nearest | None:
    """How far the nearest reference image is in the judge's space, except the one that an image is or was made of."""
    space = judges.space(problem.bundle)
    if space is None or found.judged is None or len(space.references) < 2:
        return None
    distances = metrics.nearest(found.judged, space.references, found.of).distances
    return Nearest(float(distances.mean()), float(distances.min()))


def _codes(problem: Problem, outputs: NetworkOutputs) -> CodeFigures:
    """Whether codes lie where G was trained: |z|^2 per axis and |E(G(c)) - c| / |c|, beside their limits."""
    statistics, codes = problem.bundle.statistics, outputs.codes
    if codes.shape[1] != len(statistics.mean):  # found without G
        return CodeFigures()
    coordinates = to_coordinates(problem, codes).cpu()
    norm = {**_quantiles(coordinates.square().mean(dim=1)), "limit": statistics.norm_limit}
    if statistics.cycle_limit is None:
        return CodeFigures(norm)
    cycle = (outputs.features - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
    return CodeFigures(norm, {**_quantiles(cycle), "limit": statistics.cycle_limit})


def _quantiles(values: Tensor) -> dict[str, float]:
    return {str(share): float(values.quantile(share)) for share in _QUANTILES}
