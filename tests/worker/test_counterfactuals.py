"""Starts of counterfactuals on their way from the sampler to files, rows and evidence."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from jobs import gallery, pictures, retention, samples, store
from jobs.portraits import Album
from sampler.methods import METHODS
from sampler.problem import Neuron, read_images
from tests.worker import pairs
from tests.worker.conftest import content, finish


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """A method whose samples have starts, known before the worker tells its methods."""
    monkeypatch.setitem(METHODS, pairs.NAME, pairs.METHOD)


@pytest.fixture
def job_id(desk, hire, post):
    made = post(n=6, part_size=4, method=pairs.NAME)
    finish(hire())
    return made


def rows_of(act, job_id):
    return act(lambda session: list(samples.every(session, job_id)))


def test_a_start_lies_beside_its_sample_with_the_activations_of_its_file(desk, act, models, job_id):
    rows = rows_of(act, job_id)
    assert len(rows) == 6
    contents = [desk.blobs.get(samples.start(row.blob)) for row in rows]
    bundle = models.load("scenes")
    images = torch.from_numpy(np.stack(list(map(pictures.decode, contents)))).permute(0, 3, 1, 2)
    read, _ = read_images(bundle, [Neuron.parse("fc8:volcano", bundle)], images)
    for row, png, value in zip(rows, contents, read[:, 0].tolist(), strict=True):
        assert row.start["sha256"] == hashlib.sha256(png).hexdigest() != row.sha256
        assert row.start["size"] == len(png)
        assert row.start["activations"]["fc8:volcano"] == pytest.approx(value, abs=1e-4)
        with Image.open(io.BytesIO(desk.blobs.get(samples.thumbnail(samples.start(row.blob))))) as small:
            assert (small.format, small.size) == ("WEBP", (64, 64))


def test_what_is_stored_counts_starts_and_no_sweep_takes_them(desk, act, job_id):
    rows = rows_of(act, job_id)
    images = [name for row in rows for name in (row.blob, samples.start(row.blob))]
    files = [*images, *map(samples.thumbnail, images), *act(samples.chunks, job_id)]
    assert act(store.job, job_id).stored_bytes == sum(map(desk.blobs.size, files))
    retention.sweep_orphans(desk.sessions, desk.blobs, hours=-1)
    assert all(map(desk.blobs.exists, files))
    desk.blobs.delete_prefix(act(store.delete_job, job_id))
    assert not list(desk.blobs.folder.glob(f"{store.blob_prefix(job_id)}**/*.*"))


def test_slices_change_no_start(desk, hire, act, post, job_id):
    sliced = post(n=6, part_size=4, method=pairs.NAME)
    finish(hire(slice_seconds=0.0, save_seconds=0.0))
    assert content(desk, sliced) == content(desk, job_id)
    assert [row.start for row in rows_of(act, sliced)] == [row.start for row in rows_of(act, job_id)]


def test_a_gallery_bears_starts(desk, job_id):
    files = list(gallery.job_files(desk.sessions.begin, desk.blobs, job_id))
    with zipfile.ZipFile(io.BytesIO(b"".join(gallery.zipped(files).pieces))) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("manifest.json"))
        for sample in told["samples"]:
            start = sample["start"]
            assert start["file"] == f"starts/{sample['index']:06d}.png"
            assert hashlib.sha256(archive.read(start["file"])).hexdigest() == start["sha256"]
            assert start["activations"].keys() == sample["activations"].keys()
        page = archive.read("index.html").decode()
    assert page.count('class="start"') == 6
    assert "→" in page


def test_evidence_and_portraits_tell_what_changed(desk, act, models, job_id):
    rows, bundle = rows_of(act, job_id), models.load("scenes")
    changes = act(store.evidence, job_id)["changes"]
    told = [Album(desk.blobs).portrait(job_id, row.index)["changes"] for row in rows]
    assert changes["distance"] == pytest.approx(np.mean([each["distance"] for each in told]), rel=1e-4)
    assert 0.5 < changes["distance"] < 4
    assert all("fc8:volcano" not in [unit["name"] for unit in each["units"]] for each in told)
    images, starts = (
        torch.from_numpy(np.stack([pictures.decode(desk.blobs.get(name)) for name in names])).permute(
            0, 3, 1, 2
        )
        for names in zip(*((row.blob, samples.start(row.blob)) for row in rows), strict=True)
    )
    factors = bundle.factors
    before, after = factors.read(starts), factors.read(images)
    at = int(((after - before) / factors.scales)[0].abs().argmax())
    first = told[0]["factors"][0]
    assert first["name"] == factors.names[at]
    ends = [float(before[0, at]), float(after[0, at])]
    assert [first["before"], first["after"]] == pytest.approx(ends, abs=1e-4)
    assert first["sd"] == pytest.approx((ends[1] - ends[0]) / float(factors.scales[at]), rel=1e-3)


def test_other_methods_have_no_starts(desk, hire, act, post):
    job_id = post(n=2)
    finish(hire())
    assert [row.start for row in rows_of(act, job_id)] == [None, None]
    assert not list(desk.blobs.folder.glob("**/starts"))
    assert act(store.evidence, job_id).get("changes") is None
    assert Album(desk.blobs).portrait(job_id, 0)["changes"] is None
