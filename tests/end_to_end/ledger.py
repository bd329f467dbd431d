"""The one check after every fault: what was asked for, held against rows, files, the model, and the same run undisturbed."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import torch
from sqlalchemy import select

from inverset.contract import paths
from inverset.contract.errors import NotFound
from inverset.gallery import chunks, image_codec, stored_images
from inverset.jobs import retention, samples, store
from inverset.jobs.database import Sessions
from inverset.jobs.lifecycle import Status
from inverset.jobs.posting import part_seed
from inverset.jobs.tables import Job, Part, Sample
from inverset.sampler import sample, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.sampling import question_of
from inverset.storage import BlobStore, open_store
from tests.end_to_end.stack import Stack

ARRAYS = ("codes", "features", "activations")
TOLERANCE = 1e-4  # of a band's width; the model reads single images here, batches there


class Entry(NamedTuple):
    """A job with all that was written down of it."""

    job: Job
    parts: Sequence[Part]
    samples: Sequence[Sample]


class Run(NamedTuple):
    """What a job delivers where nothing happens."""

    pictures: Sequence[str]  # SHA-256 of the PNGs
    activations: Sequence[Sequence[float]]
    steps: Sequence[int]
    arrays: Sequence[tuple[str, bytes]]  # codes, features, activations


@cache
def bundle() -> Bundle:
    torch.set_num_threads(1)  # as the workers: sums of several threads differ in their last bits
    return zoo.load("scenes", "cpu")


def check(stack: Stack, job_ids: Sequence[str]) -> int:
    """Raises AssertionError, which lists all that is wrong. Gives the number of files without a row, which are swept."""
    blobs = open_store(stack.blob_url)
    entries = [_entry(stack.sessions, job_id) for job_id in job_ids]
    wrong = [f"{each.job.id} {output}" for each in entries for output in _wrong(each, blobs)]
    assert not wrong, "\n".join(wrong)
    left = sum(len(_there(each, blobs) - _its_own(each)) for each in entries)
    retention.sweep_orphans(stack.sessions, blobs, 0)
    wrong = [f"{each.job.id} {output}" for each in entries for output in _left(each, blobs)]
    assert not wrong, "\n".join(wrong)
    return left


def _entry(sessions: Sessions, job_id: str) -> Entry:
    with sessions.begin() as session:
        parts = session.scalars(select(Part).where(Part.job_id == job_id).order_by(Part.number)).all()
        return Entry(store.job(session, job_id), parts, list(samples.every(session, job_id)))


def _wrong(entry: Entry, blobs: BlobStore) -> Iterator[str]:
    yield from _wrong_in_rows(entry)
    pngs = yield from _read(entry, blobs)
    if len(pngs) == len(entry.samples):
        yield from _wrong_to_the_model(entry, pngs)
        yield from _unlike_undisturbed(entry, blobs)
        yield from _wrong_sizes(entry, blobs)


def _wrong_in_rows(entry: Entry) -> Iterator[str]:
    """Ended well, nobody's any more, and every index there once."""
    job = entry.job
    if (job.state, job.accepted, job.error) != (Status.SUCCEEDED, job.n, None) or job.finished_at is None:
        yield f"is {job.state} with {job.accepted} of {job.n}: {job.error}"
    for part in entry.parts:
        if (part.state, part.accepted, part.lease_token) != (Status.SUCCEEDED, part.n, None):
            yield f"part {part.number} is {part.state} with {part.accepted} of {part.n}"
    counts = Counter(each.index for each in entry.samples)
    if counts != Counter(range(job.n)):
        missing = sorted(set(range(job.n)) - set(counts))
        yield f"lacks {missing}, has {[index for index, count in counts.items() if count > 1]} doubled"


def _read(entry: Entry, blobs: BlobStore) -> Iterator[str]:
    """The PNGs, each with the sum and the size that its row has."""
    result = list[bytes]()
    for each in entry.samples:
        try:
            content = stored_images.read(blobs, each.image.png)
        except NotFound:
            yield f"{each.index} is a row without a file"
            continue
        if (hashlib.sha256(content).hexdigest(), len(content)) != (each.sha256, each.size):
            yield f"{each.index} is another file than its row says"
            continue
        result.append(content)
    return result


def _wrong_to_the_model(entry: Entry, pngs: Sequence[bytes]) -> Iterator[str]:
    """What the model itself says of the stored images."""
    neurons = [Neuron.parse(each["neuron"], bundle()) for each in entry.job.ranges]
    images = torch.stack([torch.tensor(image_codec.decode(content)).permute(2, 0, 1) for content in pngs])
    result, _ = read_images(bundle(), neurons, images)
    for each, values in zip(entry.samples, result.tolist(), strict=True):
        for band, value in zip(entry.job.ranges, values, strict=True):
            low, high = band["range"]
            said = each.activations[band["neuron"]]
            if not low <= value <= high or abs(value - said) > TOLERANCE * (high - low):
                yield f"{each.index} gives {value}, its row says {said}, asked was {low} to {high}"


def _unlike_undisturbed(entry: Entry, blobs: BlobStore) -> Iterator[str]:
    whole = undisturbed(entry.job, entry.parts)
    rows = entry.samples
    first = entry.job.ranges[0]["neuron"]
    result = {
        "pictures": ([each.sha256 for each in rows], [sum_ for run in whole for sum_ in run.pictures]),
        "steps": ([each.step for each in rows], [step for run in whole for step in run.steps]),
        "activations": (
            [each.activations[first] for each in rows],
            [values[0] for run in whole for values in run.activations],
        ),
        "codes": (_arrays(entry, blobs), [run.arrays for run in whole]),
    }
    for name, (here, there) in result.items():
        if here != there:
            yield f"has other {name} than undisturbed"


def undisturbed(job: Job, parts: Sequence[Part]) -> list[Run]:
    """Part by part, with the seeds that follow from the job's own."""
    ranges = tuple((each["neuron"], *each["range"]) for each in job.ranges)
    return [_run(ranges, part.n, job.k, part_seed(job.spec["seed"], part.number)) for part in parts]


@cache
def _run(ranges: Sequence[tuple[str, float, float]], n: int, k: int, seed: int) -> Run:
    neurons = [{"neuron": neuron, "range": [low, high]} for neuron, low, high in ranges]
    asked = question_of(bundle(), {"neurons": neurons, "n": n, "k": k})
    made = sample(bundle(), replace(asked, seed=seed))  # of a part: larger than what a client may send
    files = [image_codec.encode(image.permute(1, 2, 0).numpy()) for image in made.images]
    arrays = {name: getattr(made, name).numpy() for name in ARRAYS}
    return Run(
        [hashlib.sha256(file).hexdigest() for file in files],
        made.activations.tolist(),
        made.steps.tolist(),
        [(name, values.tobytes()) for name, values in arrays.items()],
    )


def _arrays(entry: Entry, blobs: BlobStore) -> list[Sequence[tuple[str, bytes]]]:
    """Each part's codes, features and activations, as its rows point at them."""
    return [
        [(name, b"".join(_rows(entry, part.number, blobs, name))) for name in ARRAYS] for part in entry.parts
    ]


def _rows(entry: Entry, part: int, blobs: BlobStore, name: str) -> Iterator[bytes]:
    read = cache(lambda chunk: chunks.joined([blobs.get(chunk)]))
    return (read(each.chunk)[name][each.row].tobytes() for each in entry.samples if each.part == part)


def _wrong_sizes(entry: Entry, blobs: BlobStore) -> Iterator[str]:
    stored = sum(blobs.size(name) for name in _named(entry))
    if stored != entry.job.stored_bytes:
        yield f"has {stored} bytes of files, {entry.job.stored_bytes} by its row"


def _left(entry: Entry, blobs: BlobStore) -> Iterator[str]:
    """After the sweep: every file that is the job's own, no other, and no checkpoint."""
    its_own, there = _its_own(entry), _there(entry, blobs)
    if there != its_own:
        yield f"keeps {sorted(there - its_own)} and lacks {sorted(its_own - there)}"


def _its_own(entry: Entry) -> set[str]:
    """What its rows name, and what comes with its evidence: the sheet of references, the portraits, pictures of an alarm."""
    beside = {paths.nearest_references(entry.job.id), paths.sample_details(entry.job.id)}
    if entry.job.confounds:
        beside.add(paths.confounds(entry.job.id))
    return _named(entry) | (beside if entry.samples else set())


def _named(entry: Entry) -> set[str]:
    return {name for each in entry.samples for name in (each.blob, each.chunk)}


def _there(entry: Entry, blobs: BlobStore) -> set[str]:
    """A job's files, but for what its gallery keeps: it is made after the job's end, and anew whenever it is missing."""
    mine = f"jobs/{entry.job.id}/"
    result = {each.name for each in blobs.names(mine.rstrip("/"))}
    return {name for name in result if not name.startswith(f"{mine}gallery/")}
