"""What methods in pixels take from natural images: mean images to start from, patches to resemble."""

import torch
from sklearn.cluster import KMeans
from torch import Tensor

from inverset.sampler import regularisers
from inverset.sampler.bundle import Reference
from inverset.sampler.problem import Problem, ProblemError

_TOP_SHARE, _FEWEST = 0.02, 10  # of the references: the most activating, and so many a cluster at least
_IMAGES, _PATCHES = 200, 4000  # that patches are taken from, and that are kept


def mean_images(problem: Problem, count: int) -> Tensor:
    """The means of ``count`` clusters, in E, of the most activating references: (count, 3 h w) (Nguyen et al. 2016b).

    Raises:
        ProblemError: there are no references.
    """
    reference = _reference(problem)
    activations = (reference.read(problem.neurons) / problem.deviations).sum(dim=1)
    size = max(_FEWEST * count, int(_TOP_SHARE * len(activations)))
    top = activations.argsort(descending=True, stable=True)[:size]
    clusters = KMeans(count, n_init=4, random_state=0).fit_predict(reference.codes[top].numpy())
    images = reference.images(top.tolist()).float().flatten(1) / 255
    members = torch.from_numpy(clusters)
    return torch.stack([images[members == cluster].mean(dim=0) for cluster in range(count)])


def patches(problem: Problem, side: int) -> Tensor:
    """Random patches of natural images: (p, 3 side side), the same each time. Raises ProblemError."""
    reference = _reference(problem)
    images = reference.images(range(min(_IMAGES, len(reference.codes)))).float() / 255
    cut = regularisers.patches(images, side).flatten(0, 1)
    kept = torch.randperm(len(cut), generator=torch.Generator().manual_seed(0))[:_PATCHES]
    return cut[kept]


def _reference(problem: Problem) -> Reference:
    if problem.bundle.reference is None:
        raise ProblemError(f"{problem.bundle.name} has no natural images; facets and patches need them")
    return problem.bundle.reference
