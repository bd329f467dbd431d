"""Jobs end with exactly their samples, whatever comes between."""

import errno
import io
import json
import logging
import time
from datetime import UTC, datetime
from functools import partial
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from PIL import Image
from sqlalchemy import select, update

from inverset import gallery
from inverset.config import liveness, logs
from inverset.config.settings import Settings
from inverset.gallery import chunks, image_codec, stored_images
from inverset.gallery.sample_details import SampleDetails
from inverset.jobs import claims, leases, samples, store
from inverset.jobs.database import writing
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Job, Part
from inverset.sampler.problem import Neuron, read_images
from inverset.worker.control import WorkerControl
from tests.worker.conftest import content, finish, start, wait_for

SHORT = {"ending": 2, "round_steps": 10}  # the paper's seeds are found at once, and make way for the walk


def test_a_job_from_queue_to_evidence(services, hire, act, post, models):
    job_id = post(n=10)
    finish(hire())
    job = act(store.job, job_id)
    assert (job.state, job.outcome["reason"], job.accepted, job.error) == ("succeeded", "reached n", 10, None)
    assert act(store.evidence, job_id)["samples"]["in_band_rate"] == 1.0
    rows = act(lambda session: list(samples.every(session, job_id)))
    assert [row.index for row in rows] == list(range(10))
    images = np.stack([image_codec.decode(stored_images.read(services.blobs, row.image.png)) for row in rows])
    bundle = models.load("scenes")
    neuron = Neuron.parse("fc8:volcano", bundle)
    read, _ = read_images(bundle, [neuron], torch.from_numpy(images).permute(0, 3, 1, 2))
    assert read[:, 0].tolist() == pytest.approx([row.activation for row in rows], rel=1e-4, abs=1e-4)
    low, high = job.ranges[0]["range"]
    assert all(low <= row.activation <= high for row in rows)
    assert low <= job.closest["fc8:volcano"] <= high
    joined = chunks.joined(map(services.blobs.get, act(samples.chunks, job_id)))
    assert {name: len(values) for name, values in joined.items()} == dict.fromkeys(joined, 10)
    assert not list(services.blobs.folder.glob("**/checkpoints/*"))


def test_samples_of_a_walk_have_parents_in_their_own_part(services, hire, act, post):
    job_id = post(n=16, k=4, part_size=8, method="paper", options=SHORT)
    finish(hire())
    rows = act(lambda session: list(samples.every(session, job_id)))
    parents = {row.index: row.parent for row in rows}
    for first in (0, 8):
        assert [parents[index] for index in range(first, first + 4)] == [None] * 4
        assert all(first <= parents[index] < index for index in range(first + 4, first + 8))
    assert act(samples.children, job_id, 8) == [index for index, parent in parents.items() if parent == 8]
    manifest = gallery.of_job(services.sessions(), services.blobs, job_id).manifest
    assert {each.index: each.parent for each in manifest.samples} == parents


def test_every_sample_has_a_thumbnail_that_is_counted(services, hire, act, post):
    job_id = post(n=6)
    finish(hire())
    rows = act(lambda session: list(samples.every(session, job_id)))
    for row in rows:
        with Image.open(io.BytesIO(stored_images.thumbnail(services.blobs, row.image))) as small:
            assert (small.format, small.size) == ("WEBP", (64, 64))
            image = image_codec.decode(stored_images.read(services.blobs, row.image.png))
            assert np.abs(np.asarray(small.convert("RGB")).astype(float) - image).mean() < 12
    files = {row.blob for row in rows}.union(act(samples.chunks, job_id))
    assert act(store.job, job_id).stored_bytes == sum(map(services.blobs.size, files))


def test_evidence_tells_kinds_and_nearest_references_by_the_samples_numbers(
    services, hire, act, post, models
):
    job_id = post(n=40, part_size=25, neurons=[{"neuron": "fc8:volcano", "range": {"quantiles": [0.2, 0.9]}}])
    with writing(services.sessions) as session:  # a part that found fewer than were asked of it leaves a gap
        session.execute(update(Part).where(Part.job_id == job_id, Part.number == 0).values(n=20))
    finish(hire())
    result = act(store.evidence, job_id)
    indices = [sample.index for sample in act(lambda session: list(samples.every(session, job_id)))]
    assert indices == [*range(20), *range(25, 40)]
    facets = result["facets"]["facets"]
    assert sum(facet["size"] for facet in facets) == 35
    assert {member for facet in facets for member in facet["members"]} <= set(indices)
    made = gallery.of_job(services.sessions(), services.blobs, job_id)
    near = made.manifest.samples[-1].nearest_reference
    chosen = torch.from_numpy(made.arrays()["features"][-1])
    away = (models.load("scenes").reference.codes - chosen).norm(dim=1)
    assert near.number == int(away.argmin())
    assert near.distance == pytest.approx(float(away.min()), abs=1e-3)
    answer = SampleDetails(services.blobs).portrait(job_id, indices[-1])
    assert vars(answer.nearest_reference) == pytest.approx(vars(near), rel=1e-4)
    laid = SampleDetails(services.blobs).map(job_id)
    assert (laid.samples, laid.method) == (indices, "pca")
    row = act(lambda session: samples.one(session, job_id, indices[-1]))
    read = read_again(models.load("scenes"), services, row, [each.neuron for each in answer.top_neurons])
    assert [each.activation for each in answer.top_neurons] == pytest.approx(read, rel=1e-4)
    with Image.open(io.BytesIO(made.sheets["references.webp"]())) as sheet:
        assert sheet.format == "WEBP"
    listed = gallery.job_files(services.sessions.begin, services.blobs, job_id)
    assert sum(file.name == "references.webp" for file in listed) == 1


def read_again(bundle, services, row, neurons):
    """What these neurons say of the delivered image."""
    image = torch.tensor(image_codec.decode(stored_images.read(services.blobs, row.image.png))).permute(
        2, 0, 1
    )[None]
    return read_images(bundle, [Neuron.parse(name, bundle) for name in neurons], image)[0][0].tolist()


@pytest.mark.parametrize(
    ("method", "options"), [("activation-maximization", {"steps": 3}), ("pixels", {"round_steps": 10})]
)
def test_a_method_without_codes_makes_a_gallery(services, hire, act, post, method, options):
    question = {"neuron": "conv5:3", "range": None if "steps" in options else [-1.5, 1.5]}
    job_id = post(n=3, k=3, method=method, options=options, neurons=[question])
    finish(hire())
    job = act(store.job, job_id)
    assert (job.state, job.accepted, job.error, job.ranges) == ("succeeded", 3, None, [question])
    made = gallery.of_job(services.sessions(), services.blobs, job_id)
    assert made.arrays()["codes"].shape == (3, 0)
    listed = {file.name for file in gallery.job_files(services.sessions.begin, services.blobs, job_id)}
    assert {"index.html", "contact-sheet.png", "codes.safetensors", "images/000002.png"} <= listed


@pytest.mark.parametrize(("method", "options"), [("calibrated", {}), ("paper", SHORT)])
def test_slices_change_nothing(services, hire, act, post, method, options):
    wish = {
        "n": 6,
        "method": method,
        "options": options,
        "neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.3, 0.9]}}],
    }
    whole = post(**wish)
    finish(hire())
    assert act(samples.count, whole) == 6
    sliced, other = post(**wish), post(**wish)
    finish(hire(slice_seconds=0.05, save_seconds=0.0))
    assert content(services, sliced) == content(services, whole)
    assert content(services, other) == content(services, whole)
    attempts = act(lambda session: session.scalars(select(Part.attempt)).all())
    assert max(attempts) > 1


def test_parts_differ_and_number_on(services, hire, post):
    job_id = post(n=7, part_size=3)
    finish(hire())
    rows, _ = content(services, job_id)
    assert [row[0] for row in rows] == list(range(7))
    assert len({row[1] for row in rows}) == 7


def test_the_first_part_is_the_job_without_a_server(services, hire, post):
    small, large = post(n=3), post(n=6, part_size=3)
    finish(hire())
    assert content(services, large)[0][:3] == content(services, small)[0]


def test_samples_show_while_the_job_runs(hire, act, post):
    job_id = post(n=100_000)
    end = start(hire(save_seconds=0.2))
    wait_for(lambda: act(samples.count, job_id) > 0)
    assert act(store.job, job_id).state == Status.RUNNING
    end()
    assert act(store.job, job_id).state == Status.QUEUED
    assert act(store.workers, 60) == []


def test_stopped_and_started_again(services, hire, act, post):
    whole = post(n=30)
    finish(hire())
    job_id = post(n=30)
    end = start(hire(save_seconds=0.1))
    wait_for(lambda: act(samples.count, job_id) > 3)
    started = time.monotonic()
    end()
    assert time.monotonic() - started < 5
    assert act(samples.count, job_id) < 30
    finish(hire("another"))
    assert content(services, job_id) == content(services, whole)


def test_canceled_and_tried_again(services, hire, act, post):
    whole = post(n=30)
    finish(hire())
    job_id = post(n=30)
    end = start(hire(save_seconds=0.1))
    wait_for(lambda: act(samples.count, job_id) > 3)
    act(store.cancel, job_id)
    wait_for(lambda: act(store.job, job_id).state == Status.CANCELED)
    kept = act(samples.count, job_id)
    time.sleep(0.5)
    assert 3 < kept == act(samples.count, job_id) < 30
    act(store.retry, job_id, services.settings)
    wait_for(lambda: act(store.job, job_id).state == Status.SUCCEEDED)
    end()
    assert content(services, job_id) == content(services, whole)


def test_a_worker_taken_for_dead_writes_nothing_more(services, hire, act, post):
    whole = post(n=30)
    finish(hire())
    job_id = post(n=30)
    end = start(hire("elder", save_seconds=0.1))
    wait_for(lambda: act(samples.count, job_id) > 3)
    act(lambda session: session.execute(Part.__table__.update().values(lease_until=datetime.now(UTC))))
    younger = act(claims.claim, claims.Bidder("younger"), services.settings)
    while younger is None:  # a beat came between
        act(lambda session: session.execute(Part.__table__.update().values(lease_until=datetime.now(UTC))))
        younger = act(claims.claim, claims.Bidder("younger"), services.settings)
    kept = act(samples.count, job_id)
    time.sleep(1)
    assert act(samples.count, job_id) == kept == younger.accepted
    end()
    act(leases.release, younger)
    finish(hire())
    assert content(services, job_id) == content(services, whole)


def test_a_heartbeat_holds_a_short_lease(hire, act, post):
    job_id = post(n=1000)
    end = start(hire(lease_seconds=0.4, save_seconds=5.0))
    wait_for(lambda: act(store.job, job_id).state == Status.RUNNING)
    for _ in range(30):
        assert act(claims.claim, claims.Bidder("thief"), Settings()) is None
        time.sleep(0.05)
    end()


def test_a_job_deleted_while_it_runs_leaves_no_files(services, hire, act, post):
    job_id = post(n=100_000)
    end = start(hire(save_seconds=0.1))
    wait_for(lambda: act(samples.count, job_id) > 0)
    services.blobs.delete_prefix(act(store.delete_job, job_id))
    time.sleep(1)
    end()
    assert not (services.blobs.folder / "jobs" / job_id).exists()


def test_nothing_found_is_an_outcome(hire, act, post):
    job_id = post(
        neurons=[{"neuron": "fc8:volcano", "range": [1e6, 1e6 + 1]}], budget={"gradient_evaluations": 40}
    )
    finish(hire())
    job = act(store.job, job_id)
    assert (job.state, job.accepted, job.outcome["reason"]) == ("succeeded", 0, "budget spent")
    assert act(store.evidence, job_id) is None


class SmallDisk:
    """A store with room for so many bytes."""

    def __init__(self, blobs, room):
        self.blobs, self.room, self.sizes = blobs, room, {}

    def __getattr__(self, name):
        return getattr(self.blobs, name)

    def put(self, name, content):
        if sum(self.sizes.values()) + len(content) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.blobs.put(name, content)
        self.sizes[name] = len(content)

    def delete(self, name):
        self.blobs.delete(name)
        self.sizes.pop(name, None)


def test_a_full_disk_fails_the_job_and_not_the_worker(services, hire, act, post):
    whole = post(n=30)
    finish(hire())
    room = act(store.job, whole).stored_bytes // 2
    job_id = post(n=30)
    disk = SmallDisk(services.blobs, room)
    finish(hire(blobs=disk, save_seconds=0.1))
    job = act(store.job, job_id)
    assert job.state == Status.FAILED
    assert job.error.startswith("the disk is full")
    packs = services.blobs.folder.glob(f"jobs/{job_id}/packs/*")
    images = [name for pack in packs for name in ZipFile(pack).namelist()]
    for kind in ("png", "webp"):
        assert sum(name.endswith(kind) for name in images) == act(samples.count, job_id) < 30
    disk.room = 10**9
    act(store.retry, job_id, services.settings)
    finish(hire(blobs=disk))
    assert content(services, job_id) == content(services, whole)


def test_other_weights_fail_the_job_with_both_sums(hire, act, post):
    catalogue = act(store.model, "scenes").catalogue
    measured = act(store.offered, "scenes", ["fc8:volcano"]).neurons
    neurons = {name: vars(each) for name, each in measured.items()}
    act(store.publish_model, {**catalogue, "neurons": neurons, "sha256": "f" * 64})
    job_id = post()
    finish(hire())
    job = act(store.job, job_id)
    assert job.state == Status.FAILED
    assert "f" * 64 in job.error
    assert catalogue["sha256"] in job.error


def test_an_unexpected_error_is_tried_again_later(services, hire, act, post):
    job_id = post(n=1000)
    end = start(hire(save_seconds=0.1))
    wait_for(lambda: act(samples.count, job_id) > 0)
    end()
    checkpoint = act(lambda session: session.scalar(select(Part.checkpoint)))
    services.blobs.put(checkpoint, b"damaged")
    finish(hire())
    part, job = act(lambda session: session.scalars(select(Part)).one()), act(store.job, job_id)
    assert (part.failures, job.state, part.not_before > datetime.now(UTC)) == (1, Status.QUEUED, True)


def test_lines_of_a_part_bear_its_ids(hire, act, post):
    job_id = post(n=2)
    act(lambda session: session.execute(update(Job).values(request_id="my-number")))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.formatter(as_json=True))
    runner = logging.getLogger("inverset.worker.runner")
    runner.addHandler(handler)
    runner.setLevel(logging.INFO)
    finish(hire("gpu-0"))
    runner.removeHandler(handler)
    (entry,) = [json.loads(line) for line in written.getvalue().splitlines()]
    answer = {name: entry[name] for name in ("job", "part", "attempt", "worker", "request_id")}
    assert answer == {
        "job": job_id, "part": 0, "attempt": 1, "worker": "gpu-0", "request_id": "my-number",
    }  # fmt: skip


def test_a_worker_is_healthy_once_its_networks_are_read(hire, monkeypatch):
    runner, control, seen = hire(f"w{time.monotonic_ns()}"), WorkerControl(), []
    health = partial(liveness.failure, liveness.of_worker(runner.worker_id))

    def warm():
        seen.append(health())
        control.end()

    monkeypatch.setattr(runner.models, "warm", warm)
    monkeypatch.setattr(runner.models, "close", lambda: None)  # other tests go on with them
    runner.run(control)
    assert seen == [f"worker-{runner.worker_id} has not started yet"]
    assert health() is None
