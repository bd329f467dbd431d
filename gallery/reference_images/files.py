"""The files of reference images for a version of a model: names and formats."""

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
    """An identifier of one measurement of a model's neurons."""
    return hashlib.sha256(json.dumps([_FORM, neurons], sort_keys=True).encode()).hexdigest()[:16]


def layers(neurons: Iterable[str]) -> dict[str, list[str]]:
    """The measured neurons by layer."""
    by_layer: dict[str, list[str]] = {}
    for name in neurons:
        by_layer.setdefault(name.partition(":")[0], []).append(name)
    return by_layer


def dump_layer(names: Sequence[str], quantiles: Sequence[float], arrays: Arrays) -> bytes:
    """The bytes of a layer's file.

    Args:
        names: of its neurons, m of them.
        quantiles: between which bins lie, b + 1 of them.
        arrays: "edges" (m, 2), "counts" (m, bars), "numbers" and "activations" (m, b, images), "ends" (m, b, 2);
            a number of -1 is no image.
    """
    layer = {"names": _array(json.dumps(list(names)).encode()), "quantiles": np.array(quantiles)}
    return save_arrays({**layer, **arrays})


def dump_pack(thumbnails: Mapping[int, bytes]) -> bytes:
    """The bytes of a file of thumbnails by their images' numbers."""
    starts = np.cumsum([0, *map(len, thumbnails.values())])
    content = _array(b"".join(thumbnails.values()))
    return save_arrays({"numbers": np.array(list(thumbnails)), "starts": starts, "content": content})


def _array(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)
