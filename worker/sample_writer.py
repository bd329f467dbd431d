"""Writes samples to files and rows."""

import hashlib
from collections.abc import Sequence
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
from inverset.sampler import checkpoint
from inverset.sampler.steps import Emission, Tally
from inverset.storage import BlobStore
from inverset.worker import metrics


class Stored(NamedTuple):
    """The properties of a written image."""

    sha256: str
    size: int  # bytes of the PNG
    thumbnail: int  # bytes of the small WebP beside it


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
        delivered = [] if new is None else self._pictures(new, names)
        content = None if new is None else _chunk(new)
        chunk = (
            ""
            if content is None
            else self._put(names, paths.chunk(self._claim.job_id, self._stem()), content)
        )
        saved = self._put(names, paths.checkpoint(self._claim.job_id, self._stem()), checkpoint.dump(state))
        closest = {
            name: value if isfinite(value) else None
            for name, value in self._by_name(state.trail.best).items()
        }
        return Progress(delivered, chunk, saved, _counts(state.tally), len(content or b""), closest)

    def _pictures(self, new: Emission, names: list[str]) -> list[SavedSample]:
        """Write images in parallel, as many as the store allows; if one fails, the remaining ones are skipped."""
        if self._blobs.at_once == 1:
            return [self._picture(new, row, names) for row in range(len(new.steps))]
        with ThreadPoolExecutor(self._blobs.at_once, "put") as lanes:
            rows = [lanes.submit(self._picture, new, row, names) for row in range(len(new.steps))]
            try:
                return [row.result() for row in rows]
            except OSError:
                lanes.shutdown(cancel_futures=True)
                raise

    def _picture(self, new: Emission, row: int, names: list[str]) -> SavedSample:
        index = self._claim.first_index + self._accepted + row
        pixels = new.images[row].permute(1, 2, 0).numpy()
        name = paths.image(self._claim.job_id, index, self._claim.attempt)
        stored = self._image(names, name, pixels)
        start = self._start(new, row, name, names)
        return SavedSample(
            index=index,
            blob=name,
            sha256=stored.sha256,
            size=stored.size,
            activations=self._by_name(new.activations[row]),
            step=int(new.steps[row]),
            thumbnail=stored.thumbnail + (start.thumbnail if start else 0),
            parent=None if new.parents[row] < 0 else self._claim.first_index + int(new.parents[row]),
            start=None
            if start is None
            else SavedStart(start.sha256, start.size, self._by_name(new.start_activations[row])),
        )

    def _start(self, new: Emission, row: int, name: str, names: list[str]) -> Stored | None:
        """The file with the image that a counterfactual changed; None: its method makes none."""
        if not new.starts[row].numel():
            return None
        return self._image(names, paths.start(name), new.starts[row].permute(1, 2, 0).numpy())

    def _image(self, names: list[str], name: str, pixels: image_codec.Pixels) -> Stored:
        content, small = image_codec.encode(pixels), image_codec.thumbnail(pixels)
        self._put(names, paths.thumbnail(name), small)
        self._put(names, name, content)
        return Stored(hashlib.sha256(content).hexdigest(), len(content), len(small))

    def _by_name(self, activations: Tensor) -> dict[str, float]:
        """The values by the names of the requested neurons."""
        return dict(zip(self._claim.question.neurons, activations.tolist(), strict=True))

    def _put(self, names: list[str], name: str, content: bytes) -> str:
        names.append(name)
        self._blobs.put(name, content)
        return name

    def _stem(self) -> str:
        return f"{self._claim.part:04d}-{self._claim.attempt}-{self._saves}"


def _counts(tally: Tally) -> dict[str, float]:
    """A tally as stored in rows, with its evaluations, so that no reader needs the cost of a forward pass."""
    return {**tally._asdict(), "evaluations": tally.evaluations}


def _joined(emissions: Sequence[Emission]) -> Emission | None:
    """The emissions joined in order; None: they hold no sample."""
    full = [emission for emission in emissions if len(emission.steps)]
    return Emission.joined(full) if full else None


def _chunk(new: Emission) -> bytes:
    return chunks.dump(
        {"codes": new.codes.numpy(), "features": new.features.numpy(), "activations": new.activations.numpy()}
    )
