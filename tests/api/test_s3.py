"""Files over HTTP where they lie in a bucket."""

import io
import zipfile
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
import pytest

from tests.services import address

ACTIVATIONS = [1.75, 1.25, 1.5] * 9  # more than are read side by side


@pytest.fixture
def settings(settings, s3_proxy):
    return settings.model_copy(update={"blob_url": s3_proxy[0]})


@pytest.fixture
def job(post, deliver):
    made = post(n=99)["id"]
    deliver(*ACTIVATIONS)
    return made


@pytest.fixture
def sample(client, job):
    return client.get(f"/v1/jobs/{job}/samples").json()["items"][2]


def test_an_image_comes_through_the_api(client, sample):
    answer = client.get(sample["links"]["image"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert sha256(answer.content).hexdigest() == sample["sha256"]


def test_or_from_the_store_where_that_is_asked_for(client, sample, settings):
    path = f"{sample['links']['image']}?redirect=true"
    answer = client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "private, no-store")
    target = answer.headers["location"]
    assert urlsplit(target).port == address(settings.blobs)[1]
    image = httpx.get(target)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    assert sha256(image.content).hexdigest() == sample["sha256"]
    assert httpx.get(target.replace("/000002", "/000003")).status_code == 403
    assert client.get(path, headers={"If-None-Match": f'"{sample["sha256"]}"'}).status_code == 304


def test_the_zip_is_whole_and_in_order(client, job):
    answer = client.get(f"/v1/jobs/{job}/gallery.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    samples = client.get(f"/v1/jobs/{job}/samples").json()["items"]
    assert len(samples) == len(ACTIVATIONS)
    for each in samples:
        assert sha256(archive.read(each["file"])).hexdigest() == each["sha256"]


def test_a_store_that_is_away_is_told_and_found_again(client, job, sample, s3_proxy):
    _, way = s3_proxy
    way.close()
    answer = client.get(sample["links"]["image"])
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    assert "127.0.0.1" not in answer.text
    assert client.get(f"/v1/jobs/{job}").status_code == 200
    way.open()
    assert client.get(sample["links"]["image"]).status_code == 200


def test_a_zip_that_breaks_off_is_not_taken_for_a_whole_one(client, job, s3_proxy):
    _, way = s3_proxy
    way.delay = 0.2
    with client.stream("GET", f"/v1/jobs/{job}/gallery.zip") as answer:
        pieces = answer.iter_raw()
        assert next(pieces).startswith(b"PK")
        way.close()
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
