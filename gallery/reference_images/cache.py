"""Reads the files of reference images."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np
from safetensors.numpy import load as load_arrays
from sqlalchemy import select
from sqlalchemy.orm import Session

from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP, Catalogue
from inverset.contract.decoding import decode
from inverset.contract.errors import NotFound
from inverset.gallery.reference_images.files import Arrays
from inverset.jobs import store
from inverset.jobs.tables import Model
from inverset.storage import BlobStore

_REMEMBERED = 16  # files


@dataclass(frozen=True)
class Chosen:
    """A reference image that is shown with a neuron, and the neuron's activation on it."""

    number: int
    activation: float


@dataclass(frozen=True)
class Bin:
    """The reference images between two quantiles of a neuron's activations."""

    first: float  # quantiles
    last: float
    low: float  # activations
    high: float
    images: Sequence[Chosen]  # some, by rising activation


@dataclass(frozen=True)
class NeuronReferences:
    """A neuron's activations on the reference images."""

    neuron: str
    references: int
    edges: tuple[float, float]
    counts: Sequence[int]  # in bins of equal width between the edges
    bins: Sequence[Bin]  # those that hold images, the lowest first


@dataclass(frozen=True)
class _Stamped:
    """A catalogue's entry on reference images."""

    stamp: str | None = field(default=None, metadata={"key": REFERENCE_STAMP})


class ReferenceImageCache:
    """Keeps the last few files in memory, and the current version of each model."""

    def __init__(self, blobs: BlobStore) -> None:
        self._load = lru_cache(maxsize=_REMEMBERED)(lambda name: load_arrays(blobs.get(name)))
        self._versions: dict[str, tuple[datetime, str | None]] = {}

    def version(self, session: Session, model: str) -> str:
        """The version of a model that is offered; cached, because reading a catalogue is slow.

        Raises:
            NotFound: there is no such model, or it has no natural images.
        """
        published = session.scalar(select(Model.published_at).where(Model.name == model))
        known = self._versions.get(model)
        if known is None or known[0] != published:
            offered = store.model(session, model)
            stamp = decode(_Stamped, offered.catalogue).stamp
            known = offered.published_at, paths.version(offered.sha256, stamp)
            self._versions[model] = known
        if known[1] is None:
            raise NotFound(f"{model} has no natural images")
        return known[1]

    def neuron(self, version: str, catalogue: Catalogue, name: str) -> NeuronReferences:
        """The histogram and example images of a neuron, by its canonical name.

        Raises:
            NotFound: there are none, or not yet.
        """
        if name not in catalogue.neurons:
            raise NotFound(f"{name} was not measured on the reference images of {catalogue.name}")
        try:
            layer = self._load(paths.layer_file(version, name.partition(":")[0]))
        except NotFound:
            raise NotFound(
                f"natural images of {name} are not chosen yet; a worker chooses them when it is idle"
            ) from None
        names: list[str] = json.loads(layer["names"].tobytes())
        return _references(name, layer, names.index(name))

    def shows(self, version: str, number: int) -> bool:
        """Whether there is a thumbnail of a reference image."""
        try:
            return bool((self._load(paths.reference_pack(version, number))["numbers"] == number).any())
        except NotFound:
            return False

    def thumbnail(self, version: str, number: int) -> bytes:
        """A reference image as a small WebP. Raises NotFound if there is none (yet)."""
        missing = NotFound(f"there is no natural image {number} here (yet)")
        try:
            pack = self._load(paths.reference_pack(version, number))
        except NotFound:
            raise missing from None
        rows = np.flatnonzero(pack["numbers"] == number)
        if not len(rows):
            raise missing
        first, last = pack["starts"][rows[0] : rows[0] + 2]
        return pack["content"][first:last].tobytes()


def _references(name: str, layer: Arrays, row: int) -> NeuronReferences:
    low, high = layer["edges"][row].tolist()
    counts = layer["counts"][row]
    return NeuronReferences(name, int(counts.sum()), (low, high), counts.tolist(), list(_bins(layer, row)))


def _bins(layer: Arrays, row: int) -> Iterator[Bin]:
    """The bins that hold images, the lowest first."""
    quantiles: list[float] = layer["quantiles"].tolist()
    for index, (first, last) in enumerate(pairwise(quantiles)):
        pairs = zip(
            layer["numbers"][row, index].tolist(), layer["activations"][row, index].tolist(), strict=True
        )
        images = [Chosen(number, value) for number, value in pairs if number >= 0]
        if images:
            low, high = layer["ends"][row, index].tolist()
            yield Bin(first, last, low, high, images)
