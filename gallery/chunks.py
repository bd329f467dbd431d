"""Codes, features and activations of neighbouring samples: one safetensors file a save."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

Arrays = dict[str, NDArray[np.float32]]  # "codes" (j, d), "features" (j, e), "activations" (j, m)


def dump(arrays: Arrays) -> bytes:
    """The bytes of a chunk."""
    return save_arrays(
        {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in arrays.items()}
    )


def joined(contents: Iterable[bytes]) -> Arrays:
    """The chunks as one, in order; empty if there are none."""
    chunks = [load_arrays(content) for content in contents]
    names = chunks[0] if chunks else {}
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}
