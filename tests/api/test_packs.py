"""Jobs whose images lie in one file, beside jobs of earlier versions, over HTTP: nobody sees a difference."""

import io
import json
import zipfile
from hashlib import sha256

import pytest
from PIL import Image

from inverset import storage
from inverset.contract import paths
from inverset.jobs import retention

ACTIVATIONS = [1.75, 1.25, 1.5] * 5


@pytest.fixture(params=["folder", "s3"])
def settings(request, settings):
    return settings.model_copy(update={"blob_url": request.getfixturevalue(f"{request.param}_store")})


@pytest.fixture
def jobs(post, deliver):
    """Two jobs of the same counterfactuals: one of an earlier version, and one of today."""
    made = []
    for packed in (False, True):
        made.append(post(n=99)["id"])
        deliver(*ACTIVATIONS, began=0.5, packed=packed)
    return made


@pytest.fixture
def store(settings):
    return storage.open_store(settings.blobs)


def pictures(job, index):
    stem = f"/v1/jobs/{job}/samples/{index}"
    return [f"{stem}.png", f"{stem}.webp", f"{stem}/start.png", f"{stem}/start.webp"]


def test_every_image_and_thumbnail_is_the_same(client, jobs):
    for index in (0, len(ACTIVATIONS) - 1):
        for old, new in zip(*(pictures(job, index) for job in jobs), strict=True):
            answers = [client.get(path) for path in (old, new)]
            first, second = answers
            assert first.status_code == second.status_code == 200
            assert first.content == second.content
            for name in ("etag", "cache-control", "content-disposition", "content-type"):
                assert first.headers[name] == second.headers[name]
            assert Image.open(io.BytesIO(second.content)).size == (8, 8)
            told = client.get(new, headers={"If-None-Match": second.headers["etag"]})
            assert (told.status_code, told.content) == (304, b"")


def test_only_a_file_of_its_own_can_be_fetched_from_the_store(client, jobs, settings):
    old, new = (client.get(f"{pictures(job, 1)[0]}?redirect=true") for job in jobs)
    assert old.status_code == (302 if settings.blobs.startswith("s3") else 200)
    assert (new.status_code, new.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize("which", ["", "?samples=0-2,9"])
def test_the_zip_has_the_same_files(client, jobs, which):
    archives = [
        zipfile.ZipFile(io.BytesIO(client.get(f"/v1/jobs/{job}/gallery.zip{which}").content)) for job in jobs
    ]
    listed = [archive.namelist() for archive in archives]
    assert listed[0] == listed[1]
    assert archives[1].testzip() is None
    for name in listed[0]:
        if name.startswith(("images/", "starts/", "contact-sheet", "animation", "codes")):
            assert archives[0].read(name) == archives[1].read(name)
    for sample in json.loads(archives[1].read("manifest.json"))["samples"]:
        assert sha256(archives[1].read(sample["file"])).hexdigest() == sample["sha256"]


def test_no_sweep_takes_them_and_a_backup_brings_them_back(client, jobs, sessions, store, tmp_path):
    before = [client.get(path).content for job in jobs for path in pictures(job, 3)]
    assert retention.sweep_orphans(sessions, store, hours=-1) == 0
    backup = storage.open_store((tmp_path / "backup").as_uri())
    kept = {blob.name for blob in store.names()}
    assert len(list(storage.copy(store, backup))) == len(kept)
    for name in kept:
        store.delete(name)
    assert client.get(pictures(jobs[1], 3)[0]).status_code == 404
    assert len(list(storage.copy(backup, store))) == len(kept)
    assert [client.get(path).content for job in jobs for path in pictures(job, 3)] == before
    assert {blob.name for blob in store.names(f"jobs/{jobs[1]}")} == {
        paths.pack(jobs[1], "0"),
        f"jobs/{jobs[1]}/chunks/0",
    }


def test_all_of_it_goes_with_the_job(client, jobs, store):
    for job in jobs:
        client.post(f"/v1/jobs/{job}/cancel")
        assert client.delete(f"/v1/jobs/{job}").status_code in (202, 204)
    assert list(store.names("jobs")) == []
