"""Gallery files made of all pictures of an ended job, kept in the store: made once, sent often.

The folder bears the job's revision, so what was made before the job was tried again is not taken for what it is now. No row
names these files: whatever sweeps up may take them, and they are made again.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from sqlalchemy.orm import Session

from inverset.contract import paths
from inverset.contract.manifest import Manifest
from inverset.gallery import stored_images
from inverset.gallery.contents import SHEETS, Gallery, of_job
from inverset.gallery.files import MADE, MANIFEST, File, files, made
from inverset.gallery.subset import chosen, numbers
from inverset.jobs import samples, store
from inverset.jobs.lifecycle import ENDED
from inverset.storage import BlobStore, ahead

LAST = list(MADE)[-1]  # of a gallery's files to be written
Reading = Callable[[], AbstractContextManager[Session]]  # a transaction that only reads


def job_files(reading: Reading, blobs: BlobStore, job_id: str) -> Sequence[File]:
    """All files of a job's gallery; for a running job, of the samples so far.

    Raises:
        NotFound: there is no such job.
    """
    if (folder := _folder(reading, job_id)) is None:
        return list(files(_open(reading, blobs, job_id)))
    _make(reading, blobs, job_id, folder)
    places = {name: folder + name for name in MADE}
    places |= {
        kind.FILE: paths.job_folder(job_id) + kind.FILE
        for kind in SHEETS
        if blobs.exists(paths.job_folder(job_id) + kind.FILE)
    }
    return [*_pictures(reading, blobs, job_id), *_kept(blobs, places)]


def job_chosen(reading: Reading, blobs: BlobStore, job_id: str, which: str) -> Sequence[File]:
    """All files of a gallery with some of a job's samples.

    Raises:
        NotFound: there is no such job, or no such sample.
        InvalidSpec: ``which`` names none.
    """
    indices = numbers(which)
    return list(files(chosen(_open(reading, blobs, job_id), indices)))


def job_file(reading: Reading, blobs: BlobStore, job_id: str, name: str) -> bytes:
    """One of the files made of the whole gallery. Raises NotFound as ``job_files`` does."""
    if (folder := _folder(reading, job_id)) is None:
        return MADE[name](_open(reading, blobs, job_id))
    _make(reading, blobs, job_id, folder)
    return blobs.get(folder + name)


def job_manifest(listed: Sequence[File]) -> Manifest:
    """The manifest of a job's gallery."""
    return Manifest.of(json.loads(next(file for file in listed if file.name == MANIFEST).read()))


def keep(reading: Reading, blobs: BlobStore, job_id: str) -> None:
    """Make the files of a job that has just ended, so that the first request need not wait.

    Raises:
        NotFound: the job is gone.
        OSError: a file could not be written.
    """
    if folder := _folder(reading, job_id):
        _make(reading, blobs, job_id, folder)


def _folder(reading: Reading, job_id: str) -> str | None:
    """The folder of an ended job's files; None: the job has not ended."""
    with reading() as session:
        job = store.job(session, job_id)
        return paths.gallery_folder(job_id, job.revision) if job.state in ENDED else None


def _make(reading: Reading, blobs: BlobStore, job_id: str, folder: str) -> None:
    if blobs.exists(folder + LAST):
        return
    for file in made(_open(reading, blobs, job_id)):
        blobs.put(folder + file.name, file.read())


def _open(reading: Reading, blobs: BlobStore, job_id: str) -> Gallery:
    with reading() as session:
        return of_job(session, blobs, job_id)


def _pictures(reading: Reading, blobs: BlobStore, job_id: str) -> Iterator[File]:
    with reading() as session:
        listed = samples.listed(session, job_id)
    stored = [(paths.image_in_gallery(each.number), each.png) for each in listed]
    stored += [(paths.start_in_gallery(each.number), each.start) for each in listed if each.start is not None]
    contents = stored_images.read_all(blobs, (place for _, place in stored))
    for name, place in stored:
        yield File(name, place.size, contents.__next__)


def _kept(blobs: BlobStore, places: Mapping[str, str]) -> Iterator[File]:
    """The kept files' names in the gallery, and their names in the store."""
    sizes = ahead((partial(blobs.size, place) for place in places.values()), blobs.at_once)
    for (name, place), size in zip(places.items(), sizes, strict=True):
        yield File(name, size, partial(blobs.get, place), partial(blobs.stream, place))
