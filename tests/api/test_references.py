"""Neurons on reference images over HTTP."""

import pytest

from inverset import storage
from tests.gallery.reference_images_of_toy import VERSION, fill, publish


@pytest.fixture
def folder(settings):
    return storage.open_store(settings.blobs)


@pytest.fixture
def offered(sessions, folder, client):
    """The toy model with its reference images chosen."""
    publish(sessions)
    fill(folder)


@pytest.mark.parametrize("written", ["fc8:volcano", "fc8:0"])
def test_a_neurons_histogram_and_images(client, offered, written):
    result = client.get(f"/v1/models/toy/neurons/{written}/reference").json()
    image = result["bins"][0]["images"][1]
    assert image["links"]["image"] == f"/v1/models/toy/references/5.webp?version={VERSION}"
    assert set(result["bins"][0]) == {"from", "to", "low", "high", "images"}
    assert (result["neuron"], result["references"], result["counts"]) == ("fc8:volcano", 2, [1, 1])
    answer = client.get(image["links"]["image"])
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content[8:12] == b"WEBP"
    again = client.get(image["links"]["image"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/v1/models/toy/references/5.webp")
    assert (plain.content, "no-cache" in plain.headers["cache-control"]) == (answer.content, True)


def test_what_is_not_there_is_said(client, sessions, folder):
    path = "/v1/models/toy/neurons/fc8:volcano/reference"
    for expected in (path, "/v1/models/toy/references/5.webp"):
        answer = client.get(expected)
        assert (answer.status_code, answer.json()["detail"]) == (404, "toy has no natural images")
    publish(sessions)
    assert "not chosen yet" in client.get(path).json()["detail"]
    fill(folder)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("neurons/fc8:2/reference", "not measured"),
        ("neurons/fc8:volcan/reference", "volcano"),
        ("neurons/conv5:3/reference", "not chosen yet"),
        ("references/7.webp", "no natural image 7"),
        ("references/5.webp?version=other", "has changed"),
    ],
)
def test_a_wrong_name_is_answered(client, offered, path, hint):
    answer = client.get(f"/v1/models/toy/{path}")
    assert answer.status_code == 404
    assert hint in answer.json()["detail"]


def test_an_unknown_model(client):
    answer = client.get("/v1/models/tox/neurons/fc8:volcano/reference")
    assert (answer.status_code, "toy" in answer.json()["detail"]) == (404, True)
