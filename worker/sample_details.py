"""The details of each sample of a finished job."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inverset.contract.evidence import Evidence, NearestReferences
from inverset.gallery import sample_details
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation.changes import Changes, stacked
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.evaluation.sample_details import UnitActivations, lay_out, stand_out

NATURALS_MOST = 200  # reference images on a map


class Portrayed(NamedTuple):
    """The data of the n samples."""

    indices: Sequence[int]  # their numbers
    features: Tensor  # E(x): (n, e)
    read: UnitActivations
    changes: Changes | None  # None: they are no counterfactuals


def made(bundle: Bundle, portrayed: Portrayed, measured: Evidence) -> bytes:
    """The content of a job's file, from the evidence and the nearest reference of each sample."""
    indices, features, read, changes = portrayed
    near, top_units = measured.nearest_reference, stand_out(bundle, read.units, read.values)
    naturals = _naturals(bundle, near)
    laid = lay_out(torch.cat([features, bundle.reference.codes[naturals]]) if bundle.reference else features)
    numbers, distances = (
        ([-1] * len(indices), [0.0] * len(indices)) if near is None else (near.numbers, near.distances)
    )
    about = {"method": laid.method, "explained": laid.explained, "neurons": top_units.names}
    arrays = {
        "indices": np.array(indices, np.int64),
        "places": laid.places[: len(features)].numpy(),
        "naturals": np.array(naturals, np.int64),
        "natural_places": laid.places[len(features) :].numpy(),
        "neurons": top_units.rows.numpy().astype(np.int32),
        "activations": top_units.activations.numpy(),
        "deviations": top_units.deviations.numpy(),
        "references": np.array(numbers, np.int64),
        "distances": np.array(distances, np.float32),
    }
    changed = {} if changes is None else _changed(changes)
    named = (
        {"units": changes.units.names, "factors": changes.factors and changes.factors.names}
        if changes
        else {}
    )
    return sample_details.dump({**about, "changed": named}, {**arrays, **changed})


def _naturals(bundle: Bundle, near: NearestReferences | None) -> list[int]:
    """The numbers of the reference images that the map shows among the samples: those of the sheet, evenly spread if there are many."""
    if bundle.reference is None or near is None or near.sheet is None:
        return []
    some: list[int] = evenly(torch.tensor(near.sheet.numbers), NATURALS_MOST).tolist()
    return some


def _changed(changes: Changes) -> dict[str, NDArray[Any]]:
    """The arrays "changed.units.rows" and so on, and "changed.distances"."""
    sides = {"units": changes.units, "factors": changes.factors}
    arrays = {
        f"{sample_details.CHANGED}.{kind}.{name}": values.contiguous().numpy()
        for kind, side in sides.items()
        if side is not None and len(side.names)
        for name, values in stacked(side).items()
    }
    if changes.distances is not None:
        arrays[f"{sample_details.CHANGED}.distances"] = changes.distances.numpy()
    return arrays
