"""What is told of each sample of a finished job by itself: one file, made with the evidence and kept beside the images."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from inverset.contract import paths
from inverset.jobs.blobs import BlobStore
from inverset.jobs.lifecycle import NotFound

_REMEMBERED = 8  # jobs
CHANGED = "changed"  # before the names of arrays that tell what counterfactuals changed
Arrays = Mapping[str, NDArray[Any]]


def dump(told: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a file.

    Args:
        told: "method" and "explained" of the map, and "neurons", names of those that stand out.
        arrays: of n samples: "indices" (n,), "places" (n, 2); "neurons" (n, t) as places in the names, with their
            "activations" and "deviations"; "references" (n,), -1: none, and "distances". Of counterfactuals also
            "changed.distances" (n,), in standard deviations of codes, and of "units" and "factors", as far as there are any,
            "changed.units.rows" (n, t) as places in ``told["changed"]["units"]``, ".before", ".after" and ".sd".
    """
    return save_arrays({"told": np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays})


class SampleDetails:
    """Reads them; those of the last few jobs stay in memory."""

    def __init__(self, blobs: BlobStore) -> None:
        self._load = lru_cache(maxsize=_REMEMBERED)(lambda name: load_arrays(blobs.get(name)))

    def map(self, job_id: str) -> dict[str, Any]:
        """All samples on a plane, scaled to fill 0 to 1 along its longer side.

        Raises:
            NotFound: there is none (yet).
        """
        found = self._load(paths.sample_details(job_id))
        told = _told(found)
        scaled = _scaled(found["places"].astype(np.float64)).round(4).tolist()
        about = {name: told[name] for name in ("method", "explained")}
        return {**about, "samples": found["indices"].tolist(), "places": scaled}

    def portrait(self, job_id: str, index: int) -> Mapping[str, Any]:
        """One sample: units that it drives most, the nearest reference image, what was changed; as far as it is known (yet)."""
        try:
            found = self._load(paths.sample_details(job_id))
        except NotFound:
            return _NOTHING
        rows = np.flatnonzero(found["indices"] == index)
        if not len(rows):
            return _NOTHING
        row, told = rows[0], _told(found)
        return {
            "top_neurons": list(_standing(found, row, told["neurons"])),
            "nearest_reference": _nearest(found, row),
            "changes": _changes(found, row, told.get(CHANGED)),
        }


_NOTHING: Mapping[str, Any] = {"top_neurons": [], "nearest_reference": None, "changes": None}


def _told(found: Arrays) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(found["told"].tobytes())
    return told


def _standing(found: Arrays, row: int, names: Sequence[str]) -> Any:
    columns = (found[name][row].tolist() for name in ("neurons", "activations", "deviations"))
    for neuron, activation, deviation in zip(*columns, strict=True):
        yield {"neuron": names[neuron], "activation": activation, "sd": deviation}


def _nearest(found: Arrays, row: int) -> dict[str, Any] | None:
    number = int(found["references"][row])
    return None if number < 0 else {"number": number, "distance": float(found["distances"][row])}


def _changes(found: Arrays, row: int, names: Mapping[str, Sequence[str]] | None) -> dict[str, Any] | None:
    """How far a counterfactual lies from its start, and what changed most; None: it is none."""
    if not names:
        return None
    distances = found.get(f"{CHANGED}.distances")
    return {
        "distance": None if distances is None else float(distances[row]),
        **{kind: list(_sides(found, row, f"{CHANGED}.{kind}", names[kind])) for kind in ("units", "factors")},
    }


def _sides(found: Arrays, row: int, prefix: str, names: Sequence[str]) -> Any:
    if f"{prefix}.rows" not in found:
        return
    columns = (found[f"{prefix}.{name}"][row].tolist() for name in ("rows", "before", "after", "sd"))
    for at, before, after, sd in zip(*columns, strict=True):
        yield {"name": names[at], "before": before, "after": after, "sd": sd}


def _scaled(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shorter side lies in the middle."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = (high - low).max()
    return (places - (low + high) / 2) / span + 0.5 if span > 0 else np.full_like(places, 0.5)
