"""The images of a save in one file, and a save that was cut short."""

import io
import zipfile
from itertools import pairwise

import pytest

from inverset.gallery import chunks, stored_images
from inverset.jobs import claims, leases, retention, samples
from inverset.sampler import driver
from inverset.sampler.problem import Problem
from inverset.storage import Place
from inverset.worker.pack import Pack
from inverset.worker.sample_writer import SampleWriter


def test_a_pack_is_a_zip_whose_files_lie_where_it_says():
    contents = {"images/000000.png": b"one", "images/000001.png": b"another", "starts/000000.png": b""}

    def made():
        pack = Pack()
        return {name: pack.add(name, content) for name, content in contents.items()}, pack.closed()

    offsets, content = made()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents
    for name, start in offsets.items():
        assert content[start : start + len(contents[name])] == contents[name]
    assert made() == (offsets, content)  # no date, no chance


@pytest.fixture
def claim(services, models, act, post):
    """A claimed part."""
    post(n=8)
    return act(claims.claim, claims.Bidder("w", models.names), services.settings)


@pytest.fixture
def save(claim, models):
    """New samples of the claimed part, and the state after them."""
    problem = Problem.of(models.load("scenes"), claim.question.targets)
    steps = driver.answer(problem, claim.question, None)
    step = next(step for step in steps if len(step.emission.steps))
    return [step.emission], step.state


def names(services):
    return sorted(blob.name.split("/")[2] for blob in services.blobs.names("jobs"))


def test_a_save_is_three_files_however_many_its_samples(services, act, claim, save):
    progress = SampleWriter(services.blobs, claim).write(*save)
    assert names(services) == ["checkpoints", "chunks", "packs"]
    assert {each.blob for each in progress.samples} == {progress.samples[0].blob}
    act(leases.save, claim, progress)
    rows = act(lambda session: list(samples.every(session, claim.job_id)))
    small = [row.image.thumbnail for row in rows]
    assert all(place.is_range for place in small)
    ends = [(place.start, place.start + place.size) for row in rows for place in row.image[1:]]
    ends.sort()
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
    pngs = sorted(row.image.png.start for row in rows)
    assert pngs[-1] < min(place.start for place in small)  # so an archive reads no thumbnails


def test_what_a_crash_leaves_between_files_and_rows_is_swept_and_the_save_can_be_repeated(
    services, act, claim, save
):
    lost = SampleWriter(services.blobs, claim).write(*save)
    kept = {blob.name: services.blobs.get(blob.name) for blob in services.blobs.names("jobs")}
    assert act(samples.count, claim.job_id) == 0
    assert retention.sweep_orphans(services.sessions, services.blobs, hours=-1) == 3
    assert names(services) == []
    for _ in range(2):
        again = SampleWriter(services.blobs, claim).write(*save)
        assert again == lost
        assert {blob.name: services.blobs.get(blob.name) for blob in services.blobs.names("jobs")} == kept
    act(leases.save, claim, again)
    assert retention.sweep_orphans(services.sessions, services.blobs, hours=-1) == 0
    rows = act(lambda session: list(samples.every(session, claim.job_id)))
    images = list(stored_images.read_all(services.blobs, [row.image.png for row in rows]))
    assert [len(image) for image in images] == [row.size for row in rows]
    assert len(chunks.joined([services.blobs.get(again.chunk)])["codes"]) == len(rows) > 0
    assert images[0] == stored_images.read(
        services.blobs, Place(lost.samples[0].blob, rows[0].size, rows[0].offset)
    )
