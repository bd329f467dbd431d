"""What samples add to the reference images: are they these again, or something else?"""

from torch import Tensor

from inverset.contract.evidence import CopyScale, Novelty
from inverset.sampler.evaluation import metrics
from inverset.sampler.evaluation.baselines import natural
from inverset.sampler.evaluation.figures import ImageSet, ReferenceSplit
from inverset.sampler.judges import Space
from inverset.sampler.problem import Problem

_TELLING = 0.5  # by how much more often a copy lies below the middle of the scale than another image does
_PAIRS = 200  # of natural images, whose distance is the far end of the scale


def novelty(
    problem: Problem, samples: ImageSet, ceiling: ImageSet | None, split: ReferenceSplit | None
) -> Novelty | None:
    """Where samples lie between copies and other images, in the judge's space and in E; None: there are no references in band.

    ``judge`` and ``e`` each have ``copy``, the distance of a photograph to itself through G (0 where G can be given none);
    ``different``, of such a picture to the nearest other photograph; ``random``, of two photographs in band; ``samples``, of a sample
    to the nearest photograph, medians all; ``nearer``, the share of samples that lie nearer to one than the middle of the first two, and
    ``by_chance``, the share of those other photographs that do. A scale is ``telling`` where it tells a copy from another image:
    G's blur may hide the difference. ``start_nearest``: the share of samples to which no photograph is nearer than
    the image that they began as.
    """
    reference = problem.bundle.reference
    if split is None or reference is None or samples.judged is None:
        return None
    space, made = split.space, ceiling or natural(problem, split)
    return Novelty(
        _scale(samples.judged, made.judged, made.of, space.references, split),
        _scale(samples.outputs.features, made.outputs.features, made.of, reference.codes, split),
        _start_nearest(samples, space),
    )


def _scale(
    samples: Tensor, made: Tensor | None, of: Tensor | None, references: Tensor, split: ReferenceSplit
) -> CopyScale | None:
    if made is None or of is None or len(references) < 2:
        return None
    copy = (made - references[of]).norm(dim=1)
    different = metrics.nearest(made, references, of).distances
    near = metrics.nearest(samples, references).distances
    middle = (copy.median() + different.median()) / 2
    shares = [float((each < middle).double().mean()) for each in (copy, different, near)]
    some = references[split.natural[:_PAIRS]]
    return CopyScale(
        copy=float(copy.median()),
        different=float(different.median()),
        random=float((some - some.roll(1, dims=0)).norm(dim=1).median()),
        samples=float(near.median()),
        nearer=shares[2],
        by_chance=shares[1],
        telling=shares[0] - shares[1] >= _TELLING,
    )


def _start_nearest(samples: ImageSet, space: Space) -> float | None:
    starts = samples.outputs.starts
    if starts is None or samples.judged is None or starts.dim() != samples.images.dim():
        return None
    began = (samples.judged - space.read(starts)).norm(dim=1)
    near = metrics.nearest(samples.judged, space.references).distances
    slack = 1e-4 * (1 + near)  # the start may be a reference image, seen in another batch
    return float((began <= near + slack).double().mean())
