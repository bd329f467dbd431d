"""The kinds of images among samples: clusters in E, and what sets each apart where factors are known."""

from typing import NamedTuple

import torch
from torch import Tensor

from inverset.contract.evidence import Facet, FacetFactor, Facets
from inverset.sampler.bundle import Factors

FEWEST = 20  # samples, below which no kinds are told
MOST = 8  # facets
CLUSTERED = 2000  # samples that clusters are made of; the others join the nearest
WEAKEST = 0.1  # silhouette of a division, below which there is one facet
_SHOWN = 8  # members of a facet
_TOLD, _APART = 3, 0.5  # factors of a facet, and by how many of their scales they differ at least
_BATCH = 200


class Division(NamedTuple):
    """Samples divided into facets."""

    labels: Tensor  # (n,) int64
    centres: Tensor  # (f, e)
    silhouette: float | None  # None: there is one facet


def facets(features: Tensor, images: Tensor, factors: Factors | None = None, seed: int = 0) -> Facets | None:
    """Divide samples into facets, the largest first; None: there are too few samples.

    k-means of E for each number of facets up to MOST; the number with the largest mean silhouette (Rousseeuw 1987) is taken. A
    silhouette near 1 means clusters far apart, below 0.25 that they shade into one another.

    Args:
        features: E(x) (n, e).
        images: (n, 3, h, w) uint8.
        factors: reads known factors off images, where the model has such.
        seed: the same seed divides the same samples in the same way.
    """
    if len(features) < FEWEST:
        return None
    division = _divide(features, seed)
    read = None if factors is None else _read(factors, images)
    order = torch.bincount(division.labels, minlength=len(division.centres)).argsort(
        descending=True, stable=True
    )
    told = [
        _facet(division, features, int(label), _apart(read, division.labels == label, factors))
        for label in order
    ]
    return Facets(division.silhouette, facets=tuple(told))


def _divide(features: Tensor, seed: int) -> Division:
    some = evenly(features, CLUSTERED)
    best = Division(torch.zeros(len(features), dtype=torch.long), features.mean(dim=0, keepdim=True), None)
    if len(some.unique(dim=0)) <= MOST:  # hardly anything to divide
        return best
    tried = [_clustered(some, count, seed) for count in range(2, MOST + 1)]
    silhouette, centres = max(tried, key=lambda each: each[0])
    if silhouette < WEAKEST:
        return best
    return Division(_labels(features, centres), centres, silhouette)


def _clustered(features: Tensor, count: int, seed: int) -> tuple[float, Tensor]:
    """The silhouette of a division into so many, and the centres (count, e)."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - takes a second, and most processes have no use for it
    from sklearn.metrics import silhouette_score  # noqa: PLC0415 - likewise

    found = KMeans(count, n_init=4, random_state=seed).fit(features.numpy())
    return float(silhouette_score(features.numpy(), found.labels_)), torch.from_numpy(found.cluster_centers_)


def _labels(features: Tensor, centres: Tensor) -> Tensor:
    return torch.cdist(features, centres.to(features)).argmin(dim=1)


def _facet(division: Division, features: Tensor, label: int, apart: tuple[FacetFactor, ...]) -> Facet:
    """Its members are told from the most typical one to the farthest from the centre."""
    members = (division.labels == label).nonzero()[:, 0]
    away = (features[members] - division.centres[label].to(features)).norm(dim=1)
    shown = tuple(evenly(members[away.argsort(stable=True)], _SHOWN).tolist())
    size = len(members)
    return Facet(
        size, size / len(features), shown[0], members=shown, samples=tuple(members.tolist()), factors=apart
    )


@torch.no_grad()
def _read(factors: Factors, images: Tensor) -> Tensor:
    return torch.cat([factors.read(batch).cpu() for batch in images.split(_BATCH)])


def _apart(read: Tensor | None, inside: Tensor, factors: Factors | None) -> tuple[FacetFactor, ...]:
    """Factors (n, f) whose means in a facet and elsewhere differ most, in standard deviations over natural images."""
    if read is None or factors is None or bool(inside.all()):
        return ()
    mean, elsewhere = read[inside].mean(dim=0), read[~inside].mean(dim=0)
    apart = (mean - elsewhere) / factors.scales
    strongest = apart.abs().argsort(descending=True, stable=True)[:_TOLD].tolist()
    return tuple(
        FacetFactor(factors.names[at], float(mean[at]), float(elsewhere[at]), float(apart[at]))
        for at in strongest
        if abs(apart[at]) >= _APART
    )


def evenly(rows: Tensor, most: int) -> Tensor:
    """At most ``most`` of the rows, the first and the last among them."""
    if len(rows) <= most:
        return rows
    return rows[torch.linspace(0, len(rows) - 1, most).round().long()]
