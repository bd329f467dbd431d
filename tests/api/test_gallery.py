"""A job's files over HTTP."""

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image
from safetensors.numpy import load

ACTIVATIONS = [1.75, 1.25, 1.5]
MADE = {
    "contact-sheet.png": "image/png",
    "animation.webp": "image/webp",
    "codes.safetensors": "application/octet-stream",
    "figure.png": "image/png",
    "figure.svg": "image/svg+xml",
}


@pytest.fixture
def job(post, deliver, succeed):
    """An ended job with three samples."""
    made = post(n=3)["id"]
    succeed(deliver(*ACTIVATIONS), {"verdict": ["good"]})
    return made


def unzipped(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment;")
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_a_gallery_is_cited(client, job):
    found = client.get(f"/v1/jobs/{job}/citation").json()
    assert found["bibtex"].startswith(f"@misc{{inverset-{job.removeprefix('job_')},")
    assert job in found["line"]


def test_its_size_is_known_and_what_is_made_is_kept(client, job, settings):
    answer = client.get(f"/v1/jobs/{job}/gallery.zip")
    assert int(answer.headers["content-length"]) == len(answer.content)
    (kept,) = Path(settings.data_dir).glob(f"blobs/jobs/{job}/gallery/*")
    (kept / "index.html").write_text("as it was kept")
    again = unzipped(client.get(f"/v1/jobs/{job}/gallery.zip"))
    assert again.read("index.html") == b"as it was kept"


def manifest(archive):
    (name,) = (name for name in archive.namelist() if name.endswith("manifest.json"))
    return json.loads(archive.read(name)), name.removesuffix("manifest.json")


def test_the_zip_holds_what_the_manifest_says(client, job):
    archive = unzipped(client.get(f"/v1/jobs/{job}/gallery.zip"))
    assert archive.testzip() is None
    answer, folder = manifest(archive)
    assert [sample["activations"]["fc8:volcano"] for sample in answer["samples"]] == ACTIVATIONS
    assert answer["evidence"] == {"verdict": ["good"]}
    for sample in answer["samples"]:
        assert sha256(archive.read(folder + sample["file"])).hexdigest() == sample["sha256"]


def test_some_samples_are_a_gallery_of_their_own(client, job):
    archive = unzipped(client.get(f"/v1/jobs/{job}/gallery.zip?samples=0,2"))
    answer, folder = manifest(archive)
    assert [sample["index"] for sample in answer["samples"]] == [0, 2]
    assert answer["chosen"] == {"of": 3}
    pictures = [name for name in archive.namelist() if name.startswith(f"{folder}images/")]
    assert pictures == [f"{folder}images/{number:06d}.png" for number in (0, 2)]
    codes = load(archive.read(f"{folder}codes.safetensors"))
    assert codes["activations"].ravel().tolist() == [1.75, 1.5]
    assert "chosen from 3 images" in archive.read(f"{folder}index.html").decode()


@pytest.mark.parametrize(
    ("samples", "status"),
    [("", 422), ("a", 422), ("1-", 422), ("2-1", 422), ("0-99999", 422), ("0,-1", 422), ("1,3", 404)],
)
def test_a_choice_that_names_none_is_refused(client, job, samples, status):
    assert client.get(f"/v1/jobs/{job}/gallery.zip?samples={samples}").status_code == status


def test_a_running_job_has_a_gallery_too(client, post, deliver):
    made = post(n=9)["id"]
    deliver(*ACTIVATIONS)
    answer, _ = manifest(unzipped(client.get(f"/v1/jobs/{made}/gallery.zip")))
    assert (len(answer["samples"]), answer["evidence"]) == (3, None)


@pytest.mark.parametrize("name", MADE)
def test_files_are_what_they_are_called_and_not_sent_twice(client, job, name):
    path = f"/v1/jobs/{job}/{name}"
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MADE[name])
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    if name == "codes.safetensors":
        arrays = load(answer.content)
        assert {each: len(rows) for each, rows in arrays.items()} == dict.fromkeys(arrays, 3)
        assert set(arrays) == {"codes", "features", "activations"}
    elif name == "figure.svg":
        assert answer.text.startswith("<svg ")
    else:
        with Image.open(io.BytesIO(answer.content)) as image:
            image.load()


@pytest.mark.parametrize("name", [*MADE, "gallery.zip"])
def test_a_job_without_samples_still_answers(client, post, name):
    answer = client.get(f"/v1/jobs/{post()['id']}/{name}")
    assert answer.status_code in {200, 404}
    assert answer.content


@pytest.mark.parametrize("name", [*MADE, "gallery.zip"])
def test_no_job_no_files(client, name):
    answer = client.get(f"/v1/jobs/job_none/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
