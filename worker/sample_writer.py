"""Writes samples to files and rows."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import isfinite
from typing import Any, NamedTuple

from torch import Tensor

from inverset.contract import paths
from inverset.gallery import chunks, image_codec
from inverset.jobs.claims import Claim
from inverset.jobs.column_types import SavedStart
from inverset.jobs.leases import Progress, SavedSample
from inverset.jobs.stored_images import Packed
from inverset.sampler import checkpoint
from inverset.sampler.steps import Emission, Tally
from inverset.storage import BlobStore, put_all
from inverset.worker import metrics
from inverset.worker.pack import Pack

ENCODERS = min(8, os.cpu_count() or 1)  # threads; encoding holds no lock of Python's


class Encoded(NamedTuple):
    """An image as its files."""

    png: bytes
    thumbnail: bytes  # WebP

    @property
    def sha256(self) -> str:
        """Of the PNG."""
        return hashlib.sha256(self.png).hexdigest()


class SampleWriter:
    """The progress of a claimed part: what is saved of it, and the names of the next files.

    Names carry the attempt: a worker that lost its lease, and does not know yet, overwrites nothing.
    """

    def __init__(self, blobs: BlobStore, claim: Claim) -> None:
        self._blobs, self._claim = blobs, claim
        self._accepted, self._checkpoint = claim.accepted, claim.checkpoint
        self._saves = 0

    @metrics.uploads.time()
    def write(self, emissions: Sequence[Emission], state: Any) -> Progress:
        """Write the files of new samples and of the state after them; the rows come next.

        Raises:
            OSError: a file could not be written; those before it are removed again.
        """
        new, names = _joined(emissions), list[str]()
        try:
            return self._write(new, state, names)
        except OSError:
            with suppress(OSError):
                for name in names:
                    self._blobs.delete(name)
            raise

    def committed(self, progress: Progress) -> None:
        """Delete the older checkpoint, after the rows have reached the database."""
        elder, self._checkpoint = self._checkpoint, progress.checkpoint
        self._accepted += len(progress.samples)
        self._saves += 1
        if elder is not None:
            with suppress(OSError):  # then the file stays until the retention
                self._blobs.delete(elder)

    def _write(self, new: Emission | None, state: Any, names: list[str]) -> Progress:
        job, stem = self._claim.job_id, self._stem()
        pack, chunk = paths.pack(job, stem), "" if new is None else paths.chunk(job, stem)
        saved = paths.checkpoint(job, stem)
        images, delivered = (b"", []) if new is None else self._packed(new, pack)
        kept = {} if new is None else {pack: images, chunk: _chunk(new)}
        contents = {**kept, saved: checkpoint.dump(state)}
        names += contents
        put_all(self._blobs, contents)  # beside each other: far away, they take as long as one
        closest = {
            name: value if isfinite(value) else None
            for name, value in self._by_name(state.trail.best).items()
        }
        stored = sum(map(len, kept.values()))
        return Progress(delivered, chunk, saved, _counts(state.tally), stored, closest)

    def _packed(self, new: Emission, name: str) -> tuple[bytes, list[SavedSample]]:
        """The pack of new samples, and their rows: images first, so that an archive of them reads one range."""
        first = self._claim.first_index + self._accepted
        indices = range(first, first + len(new.steps))
        images, pack = _encoded(new.images), Pack()
        starts = _encoded(new.starts) if new.starts.numel() else []
        places = _added(pack, images, map(paths.image_in_gallery, indices))
        start_places = _added(pack, starts, map(paths.start_in_gallery, indices))
        samples = [
            SavedSample(
                index=index,
                blob=name,
                sha256=images[row].sha256,
                size=len(images[row].png),
                activations=self._by_name(new.activations[row]),
                step=int(new.steps[row]),
                parent=None if new.parents[row] < 0 else self._claim.first_index + int(new.parents[row]),
                start=self._start(starts[row], new.start_activations[row], start_places[row])
                if starts
                else None,
                packed=places[row],
            )
            for row, index in enumerate(indices)
        ]
        return pack.closed(), samples

    def _start(self, image: Encoded, activations: Tensor, packed: Packed) -> SavedStart:
        return SavedStart(image.sha256, len(image.png), self._by_name(activations), packed)

    def _by_name(self, activations: Tensor) -> dict[str, float]:
        """The values by the names of the requested neurons."""
        return dict(zip(self._claim.question.neurons, activations.tolist(), strict=True))

    def _stem(self) -> str:
        return f"{self._claim.part:04d}-{self._claim.attempt}-{self._saves}"


def _counts(tally: Tally) -> dict[str, float]:
    """A tally as stored in rows, with its evaluations, so that no reader needs the cost of a forward pass."""
    return {**tally._asdict(), "evaluations": tally.evaluations}


def _encoded(images: Tensor) -> list[Encoded]:
    """The files of images (n, 3, h, w)."""

    def encoded(image: Tensor) -> Encoded:
        pixels = image.permute(1, 2, 0).numpy()
        return Encoded(image_codec.encode(pixels), image_codec.thumbnail(pixels))

    with ThreadPoolExecutor(ENCODERS, "encode") as lanes:
        return list(lanes.map(encoded, images))


def _added(pack: Pack, images: Sequence[Encoded], names: Iterable[str]) -> list[Packed]:
    """Where the images lie that were added under their names: first all PNGs, then all thumbnails."""
    named = list(zip(names, images, strict=False))
    offsets = [pack.add(name, image.png) for name, image in named]
    small = [pack.add(paths.thumbnail(name), image.thumbnail) for name, image in named]
    return [
        Packed(offset, thumbnail, len(image.thumbnail))
        for offset, thumbnail, image in zip(offsets, small, images, strict=True)
    ]


def _joined(emissions: Sequence[Emission]) -> Emission | None:
    """The emissions joined in order; None: they hold no sample."""
    full = [emission for emission in emissions if len(emission.steps)]
    return Emission.joined(full) if full else None


def _chunk(new: Emission) -> bytes:
    return chunks.dump(
        {"codes": new.codes.numpy(), "features": new.features.numpy(), "activations": new.activations.numpy()}
    )
