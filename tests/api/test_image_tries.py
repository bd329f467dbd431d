"""Images are sent as files of a form, within limits, and answered once a worker has read them."""

import subprocess
import sys

import pytest
from sqlalchemy import select

from inverset.contract.image_tries import MOST_BYTES, DrivenUnit, TriedImage
from inverset.jobs import database, image_tries
from inverset.jobs.tables import ImageTry
from tests.api.test_refusals import problem
from tests.images import encoded, picture

PATH = "/v1/models/toy/neurons/fc8:0/images"
FILE = ("image", ("a.png", encoded(picture())))


@pytest.fixture
def be_worker(sessions):
    """Answer the next request as a worker does."""

    def be_worker(*images):
        with database.writing(sessions) as session:
            taken = image_tries.take(session, ["toy"])
            image_tries.answer(session, taken.id, images)
        return taken

    return be_worker


def test_images_are_sent_answered_and_deleted(client, be_worker, sessions):
    posted = client.post(
        PATH, files=[FILE, ("image", ("../b.webp", b"RIFF"))], data={"reference": ["7", "8 9"]}
    )
    assert posted.status_code == 202, posted.text
    answer = posted.json()
    assert (answer["state"], answer["model"], answer["images"]) == ("queued", "toy", None)
    assert answer["neuron"] == client.get("/v1/models/toy/neurons/fc8:0").json()["neuron"]
    taken = be_worker(
        TriedImage("a.png", 2.5, 98.5, (DrivenUnit("fc8:3", 1.0, 99.5),), 12),
        TriedImage("b.webp", error="damaged"),
    )
    assert [(each.name, each.reference) for each in taken.images] == [
        ("a.png", None),
        ("b.webp", None),
        ("natural image 7", 7),
        ("natural image 8", 8),
        ("natural image 9", 9),
    ]
    assert taken.images[0].content == FILE[1][1]
    done = client.get(answer["links"]["self"]).json()
    assert done["state"] == "succeeded"
    assert done["images"][0] == {
        "name": "a.png",
        "activation": 2.5,
        "percentile": 98.5,
        "compared": 12,
        "error": None,
        "units": [{"neuron": "fc8:3", "activation": 1.0, "percentile": 99.5}],
    }
    assert done["images"][1]["error"] == "damaged"
    assert client.delete(answer["links"]["self"]).status_code == 204
    assert problem(client.get(answer["links"]["self"]), 404)["title"] == "Not found"
    with sessions.begin() as session:
        assert session.scalars(select(ImageTry)).all() == []


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        ({"files": [FILE] * 17}, 422, "there are 17 images; send at most 16 at once"),
        ({"files": [FILE] * 200}, 400, "Too many files"),
        ({"files": [FILE], "data": {"reference": "x"}}, 422, "'x' is not the number of a natural image"),
        ({"files": [("other", ("a", b"x"))]}, 422, "there is no image"),
        ({"files": [("image", ("", b""))]}, 422, "there is no image"),
        ({"files": [("image", ("a.png", b""))]}, 422, "a.png is empty"),
        ({"files": [("image", ("a.png", bytes(MOST_BYTES + 1)))]}, 422, "a.png has 10,000,001 bytes"),
        ({"files": [("image", ("a.png", bytes(9_000_000)))] * 4}, 413, "larger than the 32000000 bytes"),
        ({"json": {"image": "x"}}, 415, "multipart/form-data"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
    ],
)
def test_what_is_refused_says_why_and_is_not_kept(client, sessions, sent, status, why):
    assert why in problem(client.post(PATH, **sent), status)["detail"]
    with sessions.begin() as session:
        assert session.scalars(select(ImageTry)).all() == []


def test_an_unknown_neuron_or_model(client):
    assert problem(client.post("/v1/models/toy/neurons/fc8:volcanoe/images", files=[FILE]), 404)
    assert problem(client.post("/v1/models/toi/neurons/fc8:0/images", files=[FILE]), 404)


def test_the_fifth_that_waits_is_refused(client):
    for _ in range(4):
        assert client.post(PATH, files=[FILE]).status_code == 202
    refused = client.post(PATH, files=[FILE])
    assert problem(refused, 429)["detail"].startswith("4 requests of yours to try images wait already")
    assert refused.headers["retry-after"]


def test_another_site_cannot_send_any(client):
    refused = client.post(PATH, files=[FILE], headers={"Origin": "http://evil.example"})
    assert refused.status_code == 403


def test_other_routes_take_no_larger_bodies(client):
    assert client.post("/v1/jobs", content=b" " * 30_000).status_code == 413


def test_the_service_decodes_no_image_and_imports_no_torch():
    """The process of the API knows the images' bytes only."""
    code = "import sys, inverset.api.app, inverset.api.image_uploads; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["x" * 500, "\u200b" * 60, "a\nb\tc", "../../etc/passwd"])
def test_a_name_is_kept_short_printable_and_without_folders(client, be_worker, name):
    assert client.post(PATH, files=[("image", (name, b"x"))]).status_code == 202
    (image,) = be_worker().images
    assert image.name.isprintable()
    assert 0 < len(image.name) <= 100
    assert "/" not in image.name


def test_only_post_is_allowed_where_images_are_sent(client):
    refused = client.get(PATH)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
