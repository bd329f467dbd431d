"""The contents of a gallery: a manifest, and images and codes that are read when needed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.contract.evidence import Evidence
from inverset.contract.manifest import Manifest, NamedModel, SampleRecord, StartRecord
from inverset.contract.question import Question
from inverset.gallery import chunks, confounds, image_codec, nearest_references, stored_images
from inverset.gallery.chunks import Arrays
from inverset.gallery.image_codec import Pixels
from inverset.gallery.projection import Projection, plane
from inverset.gallery.sample_details import SampleDetails
from inverset.jobs import samples, store
from inverset.storage import BlobStore, Place, ahead

VERSION = version("inverset")
SHEETS = (
    nearest_references,
    confounds,
)  # modules with the ``FILE`` of a sheet, and whether evidence ``has_sheet``


class Began(NamedTuple):
    """The starts of counterfactuals: images (n, h, w, 3) and their activations (n, m)."""

    images: Pixels
    activations: NDArray[np.float32]


Pictures = Callable[[Iterable[int]], Iterator[bytes]]  # PNGs by the indices of samples, in order


def _no_start(index: int) -> int:
    raise LookupError(f"sample {index} has no start")


def _no_starts(indices: Iterable[int]) -> Iterator[bytes]:
    yield from (bytes(_no_start(index)) for index in indices)


@dataclass(frozen=True)
class Gallery:
    """Samples with everything that is known about them; of a running job those so far."""

    manifest: Manifest
    pictures: Pictures
    size: Callable[[int], int]  # of a picture, in bytes, by index
    arrays: Callable[[], Arrays]  # codes, features, activations in the samples' order; empty without samples
    sheets: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)  # pictures beside, by their files
    starts: Pictures = _no_starts  # of what counterfactuals changed
    start_size: Callable[[int], int] = _no_start
    laid_out: Callable[[], Projection | None] | None = (
        None  # as it was made with the evidence; None: it was not
    )

    @property
    def samples(self) -> Sequence[SampleRecord]:
        """The manifest's samples, by index."""
        return self.manifest.samples

    @property
    def neuron(self) -> str:
        """The first neuron, by which samples are sorted."""
        return self.manifest.neurons[0]

    def plane(self) -> Projection | None:
        """The samples as points of a plane; None: there are too few."""
        return (self.laid_out and self.laid_out()) or plane(self.arrays())

    def rising(self) -> Sequence[SampleRecord]:
        """The samples by rising activation of the first neuron."""
        return self.manifest.rising()


def unfilled(
    asked: Question,
    spec: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    evidence: Mapping[str, Any] | None,
) -> Manifest:
    """The manifest of a question's gallery, without its samples.

    Args:
        asked: the question.
        spec: as a client sent it, in JSON.
        outcome: in JSON; None: the job has not ended.
        evidence: in JSON; None: nothing was measured.
    """
    model = NamedModel(asked.model, asked.sha256)
    return Manifest(model, asked.targets, (), spec, outcome, evidence, VERSION)


def of_job(session: Session, blobs: BlobStore, job_id: str) -> Gallery:
    """A job's gallery; the session is needed for rows only, images are read later, one at a time.

    Raises:
        NotFound: there is no such job.
    """
    job, evidence = store.job(session, job_id), store.evidence(session, job_id)
    rows, files = list(samples.every(session, job_id)), samples.chunks(session, job_id)
    spec = {**job.spec, "k": job.k, "webhook": None}  # galleries are passed on
    manifest = unfilled(job.question, spec, job.outcome, evidence)
    images = {row.index: row.image.png for row in rows}
    starts = {row.index: began.png for row in rows if (began := row.start_image) is not None}
    judged = Evidence.of(evidence)
    return Gallery(
        _filled(manifest, [row.record for row in rows], judged),
        partial(_read, blobs, images),
        lambda index: images[index].size,
        lambda: chunks.joined(ahead((partial(blobs.get, file) for file in files), blobs.at_once)),
        {
            kind.FILE: partial(blobs.get, paths.job_folder(job_id) + kind.FILE)
            for kind in SHEETS
            if kind.has_sheet(judged)
        },
        partial(_read, blobs, starts),
        lambda index: starts[index].size,
        partial(_laid_out, blobs, job_id),
    )


def _read(blobs: BlobStore, places: Mapping[int, Place], indices: Iterable[int]) -> Iterator[bytes]:
    return stored_images.read_all(blobs, (places[index] for index in indices))


def _laid_out(blobs: BlobStore, job_id: str) -> Projection | None:
    try:
        found = SampleDetails(blobs).map(job_id)
    except NotFound:
        return None
    return Projection(found.method, found.explained, found.places, found.naturals, found.natural_places)


def of_arrays(
    manifest: Manifest,
    images: Pixels,
    arrays: Arrays,
    course: Sequence[tuple[int, int]],
    sheets: Mapping[str, bytes] = MappingProxyType({}),
    began: Began | None = None,
) -> Gallery:
    """A gallery of samples that come from no server.

    Args:
        manifest: ``unfilled``.
        images: (n, h, w, 3).
        arrays: codes (n, d), features (n, e), activations (n, m), m in the order of the targets.
        course: (n,) when each became a sample, and the sample that it walked on from; -1: none.
        sheets: those that the evidence tells of, by their files.
        began: what counterfactuals changed; None: these are none.
    """
    files = [image_codec.encode(image) for image in images]
    starts = [image_codec.encode(image) for image in began.images] if began else []
    neurons = manifest.neurons

    def activations(values: NDArray[np.float32]) -> dict[str, float]:
        return dict(zip(neurons, values.tolist(), strict=True))

    records = [
        SampleRecord(
            index=index,
            file=paths.image_in_gallery(index),
            sha256=hashlib.sha256(content).hexdigest(),
            activations=activations(arrays["activations"][index]),
            step=course[index][0],
            parent=None if course[index][1] < 0 else course[index][1],
            start=None
            if began is None
            else StartRecord(
                paths.start_in_gallery(index),
                hashlib.sha256(starts[index]).hexdigest(),
                activations(began.activations[index]),
            ),
        )
        for index, content in enumerate(files)
    ]
    kept = arrays if files else {}
    return Gallery(
        _filled(manifest, records, Evidence.of(manifest.evidence)),
        partial(map, files.__getitem__),
        lambda index: len(files[index]),
        lambda: kept,
        sheets={name: partial(bytes, content) for name, content in sheets.items()},
        starts=partial(map, starts.__getitem__),
        start_size=lambda index: len(starts[index]),
    )


def codes(gallery: Gallery) -> bytes:
    """Safetensors of "codes" (n, d), "features" (n, e) and "activations" (n, m); empty without samples."""
    return chunks.dump(gallery.arrays())


def _filled(manifest: Manifest, records: Sequence[SampleRecord], evidence: Evidence | None) -> Manifest:
    beside = nearest_references.of_samples(evidence, len(records))
    return replace(
        manifest,
        samples=tuple(
            replace(record, nearest_reference=reference)
            for record, reference in zip(records, beside, strict=True)
        ),
        evidence=nearest_references.without_lists(manifest.evidence),
    )
