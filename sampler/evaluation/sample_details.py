"""Each sample by itself: its place on a map of all, and the units that it drives most."""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.evidence import reread
from inverset.sampler.neuron import Neuron
from inverset.sampler.problem import Problem

TOP = 5  # units that are told of a sample
UNITS_MOST = 2000  # of a layer; more take too much memory
UMAP_MOST = 5000  # samples: of more it takes minutes
_RANK, _ROUNDS = 8, 12  # of the iteration for principal axes


class Map(NamedTuple):
    """Where samples lie in the plane."""

    places: Tensor  # (n, 2)
    method: str  # "pca" or "umap"
    explained: float | None  # the share of the features' variance that is seen; None: nobody knows


class UnitActivations(NamedTuple):
    """What was read off n delivered images at once."""

    asked: Tensor  # (n, m) activations of the neurons that were asked
    units: Sequence[Neuron]  # that may stand out, u of them
    values: Tensor  # (n, u) theirs


def read_units(problem: Problem, images: Tensor) -> UnitActivations:
    """The activations that evidence and sample details need, in one run over images (n, 3, h, w) uint8."""
    units = candidates(problem)
    values = reread(problem.bundle, (*problem.neurons, *units), images)
    return UnitActivations(values[:, : len(problem.neurons)], units, values[:, len(problem.neurons) :])


class TopUnits(NamedTuple):
    """The units that n samples drive furthest above their mean on natural images, the furthest first."""

    names: tuple[str, ...]  # canonical, of those that occur
    rows: Tensor  # (n, t) int64: places in ``names``, t at most TOP
    activations: Tensor  # (n, t)
    deviations: Tensor  # (n, t): above the mean, in standard deviations


def lay_out(features: Tensor) -> Map:
    """A map of samples by their features (n, e): UMAP (McInnes et al. 2018) if it is installed and they are few, else PCA."""
    if 10 <= len(features) <= UMAP_MOST and importlib.util.find_spec("umap"):
        umap: Any = importlib.import_module("umap")
        places = umap.UMAP(n_components=2, random_state=0, n_jobs=1).fit_transform(features.numpy())
        return Map(torch.as_tensor(places, dtype=torch.float32), "umap", None)
    return _principal(features)


def candidates(problem: Problem) -> list[Neuron]:
    """Units that may stand out: measured ones of the deepest layer with labels, else of the first neuron's."""
    bundle = problem.bundle
    labelled = [layer for layer in reversed(bundle.layers) if bundle.labels.get(layer)][:1]
    known = (_measured(bundle, layer) for layer in (*labelled, problem.neurons[0].layer))
    return next(filter(None, known), [])


def stand_out(bundle: Bundle, neurons: Sequence[Neuron], values: Tensor) -> TopUnits:
    """Which of the candidates each sample drives most, given their activations (n, u)."""
    told = [bundle.statistics_of(str(neuron)) for neuron in neurons]
    mean, sd = (
        values.new_tensor([each.mean for each in told]),
        values.new_tensor([each.sd for each in told]),
    )
    best = ((values - mean) / sd).topk(min(TOP, len(neurons)), dim=1)
    used, rows = best.indices.unique(return_inverse=True)
    names = tuple(str(neurons[unit]) for unit in used.tolist())
    return TopUnits(names, rows, values.gather(1, best.indices), best.values)


def _measured(bundle: Bundle, layer: str) -> list[Neuron]:
    """Units of a layer that vary over the reference images, by a catalogue of names ``layer:unit``."""
    found = [
        Neuron.parse(name, bundle)
        for name in bundle.measured
        if name.startswith(f"{layer}:") and bundle.statistics_of(name).sd > 0
    ]
    units = [each for each in found if each.reading == "center" and each.directions is None]
    return units if len(units) <= UNITS_MOST else []


def _principal(features: Tensor) -> Map:
    """On the first two principal axes, found by iterating a subspace (Halko et al. 2011): wide features are not copied."""
    mean = features.mean(dim=0)
    variance = float(features.var(dim=0).sum()) * (len(features) - 1) if len(features) > 1 else 0.0
    if not variance > 0:
        return Map(torch.zeros(len(features), 2), "pca", None)
    random = torch.Generator().manual_seed(0)
    axes = torch.randn(features.shape[1], min(_RANK, features.shape[1]), generator=random)
    for _ in range(_ROUNDS):
        axes = features.T @ _along(features, mean, torch.linalg.qr(axes)[0])
    return _turned(_along(features, mean, torch.linalg.qr(axes)[0]), variance)


def _along(features: Tensor, mean: Tensor, axes: Tensor) -> Tensor:
    """Centred features along axes (e, r): (n, r)."""
    return features @ axes - mean @ axes


def _turned(along: Tensor, variance: float) -> Map:
    """To the two directions of greatest variance within the subspace; the sample furthest out along each lies on its positive side."""
    _, vectors = torch.linalg.eigh(along.T.double() @ along.double())
    places = torch.zeros(len(along), 2)
    turned = along @ vectors.flip(1)[:, :2].float()
    furthest = turned.gather(0, turned.abs().argmax(dim=0, keepdim=True))
    places[:, : turned.shape[1]] = turned * furthest.sign()
    return Map(places, "pca", min(1.0, float(places.square().sum()) / variance))
