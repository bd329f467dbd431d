"""Starts of counterfactuals on their way from the sampler to files, rows and evidence."""

import hashlib
import io
import json
import zipfile
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from inverset import gallery, migrations
from inverset.config.settings import Settings
from inverset.contract import paths, resolution
from inverset.contract.spec import JobSpec
from inverset.gallery import image_codec, stored_images
from inverset.gallery.sample_details import SampleDetails
from inverset.jobs import database, retention, samples, store
from inverset.jobs.posting import Origin
from inverset.sampler.methods import METHODS
from inverset.sampler.problem import Neuron, read_images
from inverset.worker import catalogue as offers
from inverset.worker.runner import Runner
from inverset.worker.services import Services
from tests.worker import pairs
from tests.worker.conftest import RANGE, content, finish


class Made(NamedTuple):
    """A job of six counterfactuals in two parts, once it has ended."""

    services: Services
    job_id: str
    rows: list


@pytest.fixture(scope="module")
def known():
    """A method whose samples have starts, before the worker tells its methods."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, pairs.NAME, pairs.METHOD)
        yield


@pytest.fixture(scope="module")
def made(known, models, tmp_path_factory):
    services = Services.of(
        Settings(data_dir=tmp_path_factory.mktemp("made"), idle_seconds=0.05, device="cpu")
    )
    migrations.upgrade(services.settings.database)
    offers.publish(services.sessions, models)
    job_id = ask(services)
    runner = Runner(services.sessions, services.blobs, services.settings, "w")
    runner.models = models
    finish(runner)
    yield Made(services, job_id, rows_of(services, job_id))
    services.sessions.kw["bind"].dispose()


def ask(services):
    question = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": RANGE}], "n": 6, "k": 4}
    spec = JobSpec.model_validate({**question, "method": pairs.NAME})
    with database.writing(services.sessions) as session:
        resolved = resolution.resolve(store.offered(session, "scenes", spec.names), spec)
        settings = services.settings.model_copy(update={"part_size": 4})
        return store.post_job(session, spec, resolved, Origin("local"), settings).id


def rows_of(services, job_id):
    with services.sessions.begin() as session:
        return list(samples.every(session, job_id))


def starts_of(services, rows):
    return list(stored_images.read_all(services.blobs, [row.start_image.png for row in rows]))


def test_a_start_lies_beside_its_sample_with_the_activations_of_its_file(made, models):
    services, _, rows = made
    assert len(rows) == 6
    contents = starts_of(services, rows)
    bundle = models.load("scenes")
    images = torch.from_numpy(np.stack(list(map(image_codec.decode, contents)))).permute(0, 3, 1, 2)
    read, _ = read_images(bundle, [Neuron.parse("fc8:volcano", bundle)], images)
    for row, png, value in zip(rows, contents, read[:, 0].tolist(), strict=True):
        assert row.start.sha256 == hashlib.sha256(png).hexdigest() != row.sha256
        assert row.start.size == len(png)
        assert row.start.activations["fc8:volcano"] == pytest.approx(value, abs=1e-4)
        with Image.open(io.BytesIO(stored_images.thumbnail(services.blobs, row.start_image))) as small:
            assert (small.format, small.size) == ("WEBP", (64, 64))


def test_what_is_stored_counts_starts_and_no_sweep_takes_them(made):
    services, job_id, rows = made
    with services.sessions.begin() as session:
        files = {row.blob for row in rows}.union(samples.chunks(session, job_id))
        assert store.job(session, job_id).stored_bytes == sum(map(services.blobs.size, files))
    retention.sweep_orphans(services.sessions, services.blobs, hours=-1)
    assert all(map(services.blobs.exists, files))


@pytest.mark.usefixtures("known")
def test_slices_change_no_start_and_all_files_go_with_the_job(made, services, hire, act):
    sliced = ask(services)
    finish(hire(slice_seconds=0.0, save_seconds=0.0))
    assert content(services, sliced) == content(made.services, made.job_id)
    rows = rows_of(services, sliced)
    assert starts_of(services, rows) == starts_of(made.services, made.rows)
    assert [row.start.activations for row in rows] == [row.start.activations for row in made.rows]
    services.blobs.delete_prefix(act(store.delete_job, sliced))
    assert not list(services.blobs.folder.glob(f"{paths.job_folder(sliced)}**/*.*"))


def test_a_gallery_bears_starts(made):
    services, job_id, _ = made
    files = list(gallery.job_files(services.sessions.begin, services.blobs, job_id))
    with zipfile.ZipFile(io.BytesIO(b"".join(gallery.zipped(files).pieces))) as archive:
        assert archive.testzip() is None
        answer = json.loads(archive.read("manifest.json"))
        for sample in answer["samples"]:
            start = sample["start"]
            assert start["file"] == f"starts/{sample['index']:06d}.png"
            assert hashlib.sha256(archive.read(start["file"])).hexdigest() == start["sha256"]
            assert start["activations"].keys() == sample["activations"].keys()
        page = archive.read("index.html").decode()
    assert page.count('class="start"') == 6
    assert "→" in page


def test_evidence_and_portraits_tell_what_changed(made, models):
    (services, job_id, rows), bundle = made, models.load("scenes")
    with services.sessions.begin() as session:
        changes = store.evidence(session, job_id)["changes"]
    messages = [SampleDetails(services.blobs).portrait(job_id, row.index).changes for row in rows]
    assert changes["distance"] == pytest.approx(np.mean([each.distance for each in messages]), rel=1e-4)
    assert 0.5 < changes["distance"] < 4
    assert all("fc8:volcano" not in [unit.name for unit in each.units] for each in messages)
    images, starts = (
        torch.from_numpy(
            np.stack([*map(image_codec.decode, stored_images.read_all(services.blobs, places))])
        ).permute(0, 3, 1, 2)
        for places in zip(*((row.image.png, row.start_image.png) for row in rows), strict=True)
    )
    factors = bundle.factors
    before, after = factors.read(starts), factors.read(images)
    at = int(((after - before) / factors.scales)[0].abs().argmax())
    first = messages[0].factors[0]
    assert first.name == factors.names[at]
    ends = [float(before[0, at]), float(after[0, at])]
    assert [first.before, first.after] == pytest.approx(ends, abs=1e-4)
    assert first.sd == pytest.approx((ends[1] - ends[0]) / float(factors.scales[at]), rel=1e-3)


def test_other_methods_have_no_starts(services, hire, act, post):
    job_id = post(n=2, method="reference")
    finish(hire())
    assert [row.start for row in rows_of(services, job_id)] == [None, None]
    packs = services.blobs.folder.glob("**/packs/*")
    assert not [name for pack in packs for name in zipfile.ZipFile(pack).namelist() if "start" in name]
    assert act(store.evidence, job_id).get("changes") is None
    assert SampleDetails(services.blobs).portrait(job_id, 0).changes is None
