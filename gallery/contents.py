"""What a gallery holds: a manifest, and images and codes that are read when they are needed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from inverset.contract import paths
from inverset.gallery import chunks, confounds, image_codec, nearest_references
from inverset.gallery.chunks import Arrays
from inverset.gallery.image_codec import Pixels
from inverset.jobs import samples, store, views
from inverset.jobs.blobs import BlobStore, ahead
from inverset.jobs.tables import Sample

VERSION = version("inverset")
SHEETS = (
    nearest_references,
    confounds,
)  # modules with the ``FILE`` of a sheet, and whether evidence ``has_sheet``


class Began(NamedTuple):
    """What counterfactuals changed: images (n, h, w, 3) and their activations (n, m)."""

    images: Pixels
    activations: NDArray[np.float32]


def _no_start(index: int) -> Any:
    raise LookupError(f"sample {index} has no start")


@dataclass(frozen=True)
class Gallery:
    """Samples with all that is known of them; a job that still runs has those found so far."""

    manifest: dict[str, Any]
    picture: Callable[[int], bytes]  # PNG by index
    size: Callable[[int], int]  # of that, in bytes
    arrays: Callable[[], Arrays]  # codes, features, activations in the samples' order; empty without samples
    at_once: int = 1  # how many pictures are best read side by side
    sheets: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)  # pictures beside, by their files
    start: Callable[[int], bytes] = _no_start  # PNG by index of what a counterfactual changed
    start_size: Callable[[int], int] = _no_start

    @property
    def samples(self) -> list[dict[str, Any]]:
        """The manifest's samples, by index."""
        found: list[dict[str, Any]] = self.manifest["samples"]
        return found

    @property
    def neuron(self) -> str:
        """The first neuron: the one that samples are sorted by."""
        return str(self.manifest["ranges"][0]["neuron"])

    def several(self, indices: Iterable[int]) -> Iterator[bytes]:
        """PNGs by their indices, in that order; the next ones are read while one is used."""
        return ahead((partial(self.picture, index) for index in indices), self.at_once)

    def rising(self) -> list[dict[str, Any]]:
        """The samples by the first neuron's activation."""
        return sorted(self.samples, key=lambda sample: (sample["activations"][self.neuron], sample["index"]))


def of_job(session: Session, blobs: BlobStore, job_id: str) -> Gallery:
    """A job's gallery; the session is needed for rows only, images are read later, one at a time.

    Raises:
        NotFound: there is no such job.
    """
    job, evidence = store.job(session, job_id), store.evidence(session, job_id)
    rows, files = list(samples.every(session, job_id)), samples.chunks(session, job_id)
    about = {
        "model": {"name": job.model, "sha256": job.model_sha256},
        "spec": {**job.spec, "k": job.k, "webhook": None},  # galleries are passed on
        "ranges": job.ranges,
        "outcome": job.outcome,
        "evidence": evidence,
    }
    told = [{**views.describe_sample(row), "start": _start_of(row)} for row in rows]
    names, sizes = {row.index: row.blob for row in rows}, {row.index: row.size for row in rows}
    return Gallery(
        _manifest(about, told),
        lambda index: blobs.get(names[index]),
        sizes.__getitem__,
        lambda: chunks.joined(ahead((partial(blobs.get, file) for file in files), blobs.at_once)),
        blobs.at_once,
        {
            kind.FILE: partial(blobs.get, paths.job_folder(job_id) + kind.FILE)
            for kind in SHEETS
            if kind.has_sheet(evidence)
        },
        lambda index: blobs.get(paths.start(names[index])),
        {row.index: row.start["size"] for row in rows if row.start}.__getitem__,
    )


def _start_of(row: Sample) -> dict[str, Any] | None:
    """What a manifest says of the image that a counterfactual changed."""
    if row.start is None:
        return None
    kept = {name: row.start[name] for name in ("sha256", "activations")}
    return {"file": paths.start_in_gallery(row.index), **kept}


def of_arrays(
    about: Mapping[str, Any],
    images: Pixels,
    arrays: Arrays,
    course: Sequence[tuple[int, int]],
    sheets: Mapping[str, bytes] = MappingProxyType({}),
    began: Began | None = None,
) -> Gallery:
    """A gallery of samples that were never on a server.

    Args:
        about: model {name, sha256}, spec, ranges [{"neuron", "range"}], outcome and evidence, as a job has them.
        images: (n, h, w, 3).
        arrays: codes (n, d), features (n, e), activations (n, m), m in the order of the ranges.
        course: (n,) when each became a sample, and the sample that it walked on from; -1: none.
        sheets: those that the evidence tells of, by their files.
        began: what counterfactuals changed; None: these are none.
    """
    files = [image_codec.encode(image) for image in images]
    starts = [image_codec.encode(image) for image in began.images] if began else []
    neurons = [wanted["neuron"] for wanted in about["ranges"]]
    told = [
        {
            "index": index,
            "file": paths.image_in_gallery(index),
            "sha256": hashlib.sha256(content).hexdigest(),
            "activations": dict(zip(neurons, arrays["activations"][index].tolist(), strict=True)),
            "step": course[index][0],
            "parent": None if course[index][1] < 0 else course[index][1],
            "start": began
            and {
                "file": paths.start_in_gallery(index),
                "sha256": hashlib.sha256(starts[index]).hexdigest(),
                "activations": dict(zip(neurons, began.activations[index].tolist(), strict=True)),
            },
        }
        for index, content in enumerate(files)
    ]
    kept = arrays if files else {}
    return Gallery(
        _manifest(about, told),
        files.__getitem__,
        lambda index: len(files[index]),
        lambda: kept,
        sheets={name: partial(bytes, content) for name, content in sheets.items()},
        start=starts.__getitem__,
        start_size=lambda index: len(starts[index]),
    )


def codes(gallery: Gallery) -> bytes:
    """Safetensors of "codes" (n, d), "features" (n, e) and "activations" (n, m); of nothing without samples."""
    return chunks.dump(gallery.arrays())


def _manifest(about: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    fields = ("index", "file", "sha256", "activations", "step", "parent", "start")
    kind = "inverse set" if len(about["ranges"]) == 1 else "intersection"
    beside = nearest_references.of_samples(about["evidence"], len(told))
    listed = [
        {**{name: sample[name] for name in fields}, "nearest_reference": reference}
        for sample, reference in zip(told, beside, strict=True)
    ]
    kept = {name: about[name] for name in ("model", "spec", "ranges", "outcome")}
    evidence = nearest_references.without_lists(about["evidence"])
    return {"inverset": VERSION, "kind": kind, **kept, "samples": listed, "evidence": evidence}
