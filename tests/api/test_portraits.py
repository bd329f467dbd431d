"""Single samples and the map of a job over HTTP."""

import pytest

from inverset import storage
from tests.gallery.reference_images_of_toy import STAMPED, VERSION, publish
from tests.gallery.reference_images_of_toy import fill as choose
from tests.gallery.test_sample_details import fill


@pytest.fixture
def folder(settings):
    return storage.open_store(settings.blobs)


@pytest.fixture
def job(post, deliver, succeed, folder):
    """A job that has ended, with portraits of two samples whose nearest references are 5 and 6."""
    made = post(n=2)["id"]
    claimed = deliver(1.5, 1.75)
    fill(folder, made, references=(5, 6, -1))
    succeed(claimed, {"verdict": ["good"]})
    return made


def test_a_sample_tells_what_it_is_like(client, job, sessions, folder):
    answer = client.get(f"/v1/jobs/{job}/samples/0").json()
    listed = client.get(f"/v1/jobs/{job}/samples").json()["items"][0]
    assert {name: answer[name] for name in listed} == listed
    assert answer["top_neurons"][0] == {"neuron": "fc8:volcano", "activation": 2.0, "sd": 1.5}
    assert answer["nearest_reference"] == {"number": 5, "distance": 0.5, "links": {}}
    publish(sessions)
    choose(folder)
    near = client.get(f"/v1/jobs/{job}/samples/0").json()["nearest_reference"]
    assert near["links"] == {"image": f"/v1/models/toy/references/5.webp?version={VERSION}"}
    assert client.get(near["links"]["image"]).status_code == 200
    assert client.get(f"/v1/jobs/{job}/samples/1").json()["nearest_reference"]["links"] == {}  # not shown


def test_a_sample_knows_whom_it_walked_on_from_and_who_from_it(client, job):
    first, second = (client.get(f"/v1/jobs/{job}/samples/{index}").json() for index in (0, 1))
    assert (first["parent"], first["children"]) == (None, [1])
    assert (second["parent"], second["children"]) == (0, [])


def test_another_version_of_the_model_shows_other_images(client, job, sessions, folder):
    choose(folder)
    publish(sessions, {**STAMPED, "sha256": "b" * 64})
    assert client.get(f"/v1/jobs/{job}/samples/0").json()["nearest_reference"]["links"] == {}


def test_the_map(client, job):
    link = client.get(f"/v1/jobs/{job}").json()["links"]["map"]
    result = client.get(link).json()
    assert (result["method"], result["explained"], result["samples"]) == ("pca", 0.75, [0, 1, 5])
    assert result["places"][0] == [0.0, 0.25]


def test_before_the_end(client, post, deliver):
    job = post(n=2)["id"]
    deliver(1.5)
    data = client.get(f"/v1/jobs/{job}/samples/0").json()
    assert (data["index"], data["top_neurons"], data["nearest_reference"]) == (0, [], None)
    answer = client.get(f"/v1/jobs/{job}/map")
    assert (answer.status_code, "running" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("index", "status"), [("7", 404), ("99999999999999999999", 422), ("x", 404), ("1.gif", 404)]
)
def test_no_such_sample(client, job, index, status):
    assert client.get(f"/v1/jobs/{job}/samples/{index}").status_code == status
