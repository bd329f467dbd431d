"""Reads the weights of a .caffemodel, in each of the three layouts that the format has had.

Field numbers are those of caffe.proto: a network holds ``layer`` (100), or ``layers`` (2) in older files, of which the oldest hold yet
another ``layer`` (1) inside.
"""

import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from inverset.sampler.zoo.caffe import wire
from inverset.sampler.zoo.errors import BadFile

Layers = dict[str, tuple[Tensor, ...]]  # name -> blobs, as a rule a weight and a bias
LARGEST = 2**31 - 1  # bytes of a file; a protocol buffer cannot be larger
_MESSAGES = 100_000  # layers, blobs and other entries in a file; CaffeNet has some hundred
_NAME = 256  # bytes
_DIMENSIONS = 8

_V2, _V1, _V0 = 100, 2, 1
_NAMES = {_V2: 1, _V1: 4, _V0: 1}  # field numbers of the name and of the blobs
_BLOBS = {_V2: 7, _V1: 6, _V0: 50}
_LEGACY = (1, 2, 3, 4)  # num, channels, height, width
_FLOATS, _SHAPE, _DOUBLES = 5, 7, 8


def read(path: Path) -> Layers:
    """The layers that have weights, by name: float32 tensors on the CPU.

    The file is mapped, not loaded; what is allocated is at most what its own bytes hold, since no size is taken at its word.

    Raises:
        BadFile: the file cannot be read as what it says it is.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if not 0 < size <= LARGEST:
                raise BadFile(f"{path} has {size} bytes; a .caffemodel has from 1 to {LARGEST}")
            return _layers(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}") from error
    except wire.Malformed as error:
        raise BadFile(f"{path} is no .caffemodel, or a damaged one: {error}") from error


def _layers(mapped: mmap.mmap) -> Layers:
    layers: Layers = {}
    count = _Count()
    for number, kind, value in count(wire.fields(memoryview(mapped))):
        if number not in {_V2, _V1} or kind != wire.BYTES:
            continue
        name, blobs = _layer(number, _message(value), count)
        if not blobs:
            continue
        if name in layers:
            raise wire.Malformed(f"two layers are called {name!r}")
        layers[name] = tuple(blobs)
    if not layers:
        raise wire.Malformed("none of its layers has weights")
    return layers


@dataclass
class _Count:
    """Counts the fields that pass, and raises once there are absurdly many."""

    seen: int = 0

    def __call__(self, fields: Iterator[wire.Field]) -> Iterator[wire.Field]:
        for entry in fields:
            self.seen += 1
            if self.seen > _MESSAGES:
                raise wire.Malformed(f"more than {_MESSAGES} fields")
            yield entry


def _layer(version: int, message: memoryview, count: _Count) -> tuple[str, list[Tensor]]:
    """The name and the blobs of a layer."""
    name, blobs = "", []
    for number, kind, value in count(wire.fields(message)):
        if kind != wire.BYTES:
            continue
        if version == _V1 and number == _V0:
            return _layer(_V0, _message(value), count)
        if number == _NAMES[version]:
            name = _text(_message(value))
        elif number == _BLOBS[version]:
            blobs.append(_blob(_message(value), count))
    return name, blobs


@dataclass
class _Blob:
    """The parts of one blob that were read so far."""

    dimensions: list[int] = field(default_factory=list)
    legacy: dict[int, int] = field(default_factory=dict)
    parts: list[np.ndarray[tuple[int], np.dtype[np.floating]]] = field(default_factory=list)

    @property
    def shape(self) -> list[int]:
        return self.dimensions or [self.legacy.get(number, 1) for number in _LEGACY if self.legacy]


def _blob(message: memoryview, count: _Count) -> Tensor:
    """A blob as float32, in its own shape. A stored gradient is skipped."""
    blob = _Blob()
    for number, kind, value in count(wire.fields(message)):
        if number in _LEGACY and kind == wire.VARINT:
            blob.legacy[number] = _integer(value)
        elif number == _SHAPE and kind == wire.BYTES:
            blob.dimensions = _dimensions(_message(value), count)
        elif number in {_FLOATS, _DOUBLES} and kind != wire.VARINT:
            blob.parts.append(_entries(number, kind, _message(value)))
    entries = sum(len(part) for part in blob.parts)
    if math.prod(blob.shape) != entries:
        raise wire.Malformed(f"a blob of shape {blob.shape} holds {entries} entries")
    whole = np.empty(entries, np.float32)
    with np.errstate(over="ignore"):  # a double may exceed float32; the callers check for infinities
        np.concatenate(blob.parts or [whole], out=whole, casting="same_kind")
    return torch.from_numpy(whole).reshape(blob.shape)


def _entries(number: int, kind: int, value: memoryview) -> np.ndarray[tuple[int], np.dtype[np.floating]]:
    """The entries of a blob, packed or not, in the order of the file."""
    width, own = (4, wire.FOUR) if number == _FLOATS else (8, wire.EIGHT)
    if kind not in {wire.BYTES, own} or len(value) % width:
        raise wire.Malformed(f"{len(value)} bytes are no whole number of entries of {width}")
    return np.frombuffer(value, f"<f{width}")


def _dimensions(shape: memoryview, count: _Count) -> list[int]:
    dimensions: list[int] = []
    for number, kind, value in count(wire.fields(shape)):
        if number == 1:
            values = [_integer(value)] if kind == wire.VARINT else list(_few(_message(value)))
            dimensions.extend(values)
    if len(dimensions) > _DIMENSIONS:
        raise wire.Malformed(f"a blob with {len(dimensions)} dimensions")
    return dimensions


def _few(packed: memoryview) -> Iterator[int]:
    if len(packed) > _DIMENSIONS * 10:
        raise wire.Malformed("a blob with too many dimensions")
    return wire.varints(packed)


def _text(value: memoryview) -> str:
    if len(value) > _NAME:
        raise wire.Malformed(f"a layer name has {len(value)} bytes")
    return str(value, "utf-8", "replace")


def _message(value: wire.Value) -> memoryview:
    if isinstance(value, int):
        raise wire.Malformed("a number where a message belongs")
    return value


def _integer(value: wire.Value) -> int:
    if not isinstance(value, int):
        raise wire.Malformed("a message where a number belongs")
    return value
