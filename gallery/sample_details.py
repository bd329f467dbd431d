"""Details of each sample of a finished job: one file, made with the evidence and kept beside the images."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from inverset.contract import paths
from inverset.contract.decoding import decode
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Change, Changes
from inverset.contract.manifest import NearestReference
from inverset.storage import BlobStore

_REMEMBERED = 8  # jobs
CHANGED = "changed"  # before the names of arrays that tell what counterfactuals changed
Arrays = Mapping[str, NDArray[Any]]


def dump(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a file.

    Args:
        header: "method" and "explained" of the map, and "neurons", names of those that stand out.
        arrays: of n samples: "indices" (n,), "places" (n, 2); "neurons" (n, t) as places in the names, with their
            "activations" and "deviations"; of r natural images on the map "naturals" (r,), their numbers, and "natural_places"
            (r, 2), both missing in files of an earlier version; "references" (n,), -1: none, and "distances". Of counterfactuals also
            "changed.distances" (n,), in standard deviations of codes, and of "units" and "factors", as far as there are any,
            "changed.units.rows" (n, t) as places in ``header["changed"]["units"]``, ".before", ".after" and ".sd".
    """
    return save_arrays({"told": np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays})


class Plane(NamedTuple):
    """Samples and natural images as points of a plane, each scaled alike to lie in 0 to 1."""

    method: str
    explained: float | None  # share of the variance
    samples: list[int]
    places: list[list[float]]
    naturals: list[int]  # numbers of reference images
    natural_places: list[list[float]]


@dataclass(frozen=True)
class StandsOut:
    """A neuron that an image drives far above its mean."""

    neuron: str
    activation: float
    sd: float  # above its mean, in standard deviations


@dataclass(frozen=True)
class Portrait:
    """One sample: the units it drives most, its nearest reference image, its changes; each as far as known (yet)."""

    top_neurons: tuple[StandsOut, ...] = ()
    nearest_reference: NearestReference | None = None
    changes: Changes | None = None  # None: it is not a counterfactual


@dataclass(frozen=True)
class _Header:
    """What a file tells beside its arrays."""

    method: str
    explained: float | None
    neurons: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]] | None = None  # names of units and of factors


class SampleDetails:
    """Reads the files; those of the last few jobs stay in memory."""

    def __init__(self, blobs: BlobStore) -> None:
        self._load = lru_cache(maxsize=_REMEMBERED)(lambda name: load_arrays(blobs.get(name)))

    def map(self, job_id: str) -> Plane:
        """All samples, and natural images among them, as points of a plane, scaled to fill 0 to 1 along its longer side.

        Raises:
            NotFound: there is none (yet).
        """
        arrays = self._load(paths.sample_details(job_id))
        header = _header(arrays)
        samples: list[int] = arrays["indices"].tolist()
        naturals: list[int] = arrays["naturals"].tolist() if "naturals" in arrays else []
        places = (
            np.concatenate([arrays["places"], arrays["natural_places"]]) if naturals else arrays["places"]
        )
        scaled = _scaled(places.astype(np.float64)).round(4).tolist()
        count = len(samples)
        return Plane(header.method, header.explained, samples, scaled[:count], naturals, scaled[count:])

    def portrait(self, job_id: str, index: int) -> Portrait:
        """The details of one sample; empty where there are none (yet)."""
        try:
            arrays = self._load(paths.sample_details(job_id))
        except NotFound:
            return Portrait()
        rows = np.flatnonzero(arrays["indices"] == index)
        if not len(rows):
            return Portrait()
        row, header = rows[0], _header(arrays)
        return Portrait(
            tuple(_standing(arrays, row, header.neurons)),
            _nearest(arrays, row),
            _changes(arrays, row, header.changed),
        )


def _header(arrays: Arrays) -> _Header:
    return decode(_Header, json.loads(arrays["told"].tobytes()))


def _standing(arrays: Arrays, row: int, names: Sequence[str]) -> Iterator[StandsOut]:
    columns = (arrays[name][row].tolist() for name in ("neurons", "activations", "deviations"))
    for neuron, activation, deviation in zip(*columns, strict=True):
        yield StandsOut(names[neuron], activation, deviation)


def _nearest(arrays: Arrays, row: int) -> NearestReference | None:
    number = int(arrays["references"][row])
    return None if number < 0 else NearestReference(number, float(arrays["distances"][row]))


def _changes(arrays: Arrays, row: int, names: Mapping[str, Sequence[str]] | None) -> Changes | None:
    """A counterfactual's distance from its start, and its largest changes; None: it is not a counterfactual."""
    if not names:
        return None
    distances = arrays.get(f"{CHANGED}.distances")
    units, factors = (
        tuple(_sides(arrays, row, f"{CHANGED}.{kind}", names[kind])) for kind in ("units", "factors")
    )
    return Changes(
        distance=None if distances is None else float(distances[row]), units=units, factors=factors
    )


def _sides(arrays: Arrays, row: int, prefix: str, names: Sequence[str]) -> Iterator[Change]:
    if f"{prefix}.rows" not in arrays:
        return
    columns = (arrays[f"{prefix}.{name}"][row].tolist() for name in ("rows", "before", "after", "sd"))
    for place, before, after, sd in zip(*columns, strict=True):
        yield Change(names[place], before, after, sd)


def _scaled(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The places scaled to 0 to 1; the shorter side is centred."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = (high - low).max()
    return (places - (low + high) / 2) / span + 0.5 if span > 0 else np.full_like(places, 0.5)
