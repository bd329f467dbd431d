"""Where a version's files lie, and how they are written."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as save_arrays

_FORM = 1  # of the files; another one is another version
Arrays = Mapping[str, NDArray[Any]]


def stamp(neurons: Mapping[str, Any]) -> str:
    """Tells one measurement of a model's neurons from another."""
    return hashlib.sha256(json.dumps([_FORM, neurons], sort_keys=True).encode()).hexdigest()[:16]


def layers(neurons: Iterable[str]) -> dict[str, list[str]]:
    """Measured neurons by their layer."""
    found: dict[str, list[str]] = {}
    for name in neurons:
        found.setdefault(name.partition(":")[0], []).append(name)
    return found


def dump_layer(names: Sequence[str], quantiles: Sequence[float], arrays: Arrays) -> bytes:
    """The file of a layer.

    Args:
        names: of its neurons, m of them.
        quantiles: between which bins lie, b + 1 of them.
        arrays: "edges" (m, 2), "counts" (m, bars), "numbers" and "activations" (m, b, images), "ends" (m, b, 2);
            a number of -1 is no image.
    """
    told = {"names": _array(json.dumps(list(names)).encode()), "quantiles": np.array(quantiles)}
    return save_arrays({**told, **arrays})


def dump_pack(thumbnails: Mapping[int, bytes]) -> bytes:
    """The file of thumbnails by their images' numbers."""
    starts = np.cumsum([0, *map(len, thumbnails.values())])
    content = _array(b"".join(thumbnails.values()))
    return save_arrays({"numbers": np.array(list(thumbnails)), "starts": starts, "content": content})


def _array(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)
