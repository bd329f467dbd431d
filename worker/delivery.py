"""Samples on their way from the sampler to files and rows."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import torch

from jobs import chunks, pictures, samples, store
from jobs.blobs import BlobStore
from jobs.claims import Claim
from jobs.leases import Delivery, Progress
from sampler import checkpoint
from sampler.steps import Emission
from worker import meters


class Delivered:
    """Where a claimed part stands: what is saved of it, and under which names the next files go.

    Names carry the attempt: a worker that lost its lease, and does not know yet, overwrites nothing.
    """

    def __init__(self, blobs: BlobStore, claim: Claim) -> None:
        self._blobs, self._claim = blobs, claim
        self._accepted, self._checkpoint = claim.accepted, claim.checkpoint
        self._saves = 0

    @meters.uploads.time()
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
        """The rows are in the database: the elder checkpoint is of no more use."""
        elder, self._checkpoint = self._checkpoint, progress.checkpoint
        self._accepted += len(progress.samples)
        self._saves += 1
        if elder is not None:
            with suppress(OSError):  # then it lies there until somebody sweeps
                self._blobs.delete(elder)

    def _write(self, new: Emission | None, state: Any, names: list[str]) -> Progress:
        delivered = [] if new is None else self._pictures(new, names)
        content = None if new is None else _chunk(new)
        chunk = "" if content is None else self._put(names, f"chunks/{self._stem()}.safetensors", content)
        saved = self._put(names, f"checkpoints/{self._stem()}.safetensors", checkpoint.dump(state))
        return Progress(delivered, chunk, saved, state.tally._asdict(), len(content or b""))

    def _pictures(self, new: Emission, names: list[str]) -> list[Delivery]:
        """As many at once as the store likes; when one fails, those that were not begun are left."""
        if self._blobs.at_once == 1:
            return [self._picture(new, row, names) for row in range(len(new.steps))]
        with ThreadPoolExecutor(self._blobs.at_once, "put") as lanes:
            rows = [lanes.submit(self._picture, new, row, names) for row in range(len(new.steps))]
            try:
                return [row.result() for row in rows]
            except OSError:
                lanes.shutdown(cancel_futures=True)
                raise

    def _picture(self, new: Emission, row: int, names: list[str]) -> Delivery:
        index = self._claim.first_index + self._accepted + row
        pixels = new.images[row].permute(1, 2, 0).numpy()
        content, small = pictures.encode(pixels), pictures.thumbnail(pixels)
        neurons = (wanted["neuron"] for wanted in self._claim.ranges)
        stem = f"images/{index:06d}-{self._claim.attempt}"
        self._put(names, samples.thumbnail(stem), small)
        return Delivery(
            index=index,
            blob=self._put(names, f"{stem}.png", content),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            activations=dict(zip(neurons, new.activations[row].tolist(), strict=True)),
            step=int(new.steps[row]),
            thumbnail=len(small),
            parent=None if new.parents[row] < 0 else self._claim.first_index + int(new.parents[row]),
        )

    def _put(self, names: list[str], name: str, content: bytes) -> str:
        name = store.blob_prefix(self._claim.job_id) + name
        names.append(name)
        self._blobs.put(name, content)
        return name

    def _stem(self) -> str:
        return f"{self._claim.part:04d}-{self._claim.attempt}-{self._saves}"


def _joined(emissions: Sequence[Emission]) -> Emission | None:
    """Emissions one after the other; None: there is no sample among them."""
    full = [emission for emission in emissions if len(emission.steps)]
    return Emission(*(torch.cat(columns) for columns in zip(*full, strict=True))) if full else None


def _chunk(new: Emission) -> bytes:
    return chunks.dump(
        {"codes": new.codes.numpy(), "features": new.features.numpy(), "activations": new.activations.numpy()}
    )
