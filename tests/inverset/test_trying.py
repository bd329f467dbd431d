"""``inverset try`` and the client's ``try_images``, with a test in the place of the worker."""

import json
import threading
import time

import pytest

from inverset import Client
from inverset.contract.image_tries import DrivenUnit, TriedImage
from inverset.errors import ProblemResponse, UserError
from inverset.jobs import database, image_tries
from inverset.jobs.tables import ImageTry
from tests.images import encoded, picture
from tests.inverset.command import COLUMNS, run

GOOD = TriedImage(
    "cat.png", 2.5, 98.53, tuple(DrivenUnit(f"fc8:{unit}", 1.0, 99.0 - unit) for unit in range(4)), 12
)
BAD = TriedImage("cut.png", error="it cannot be decoded: image file is truncated")


@pytest.fixture
def picture_file(tmp_path):
    file = tmp_path / "cat.png"
    file.write_bytes(encoded(picture()))
    return file


@pytest.fixture
def worker(sessions):
    """Answer the next request as a worker does, in a thread; gives what it took."""
    taken = []

    def work(images, error):
        while not taken:
            time.sleep(0.05)
            with database.writing(sessions) as session:
                if request := image_tries.take(session, ["toy"]):
                    taken.append(request)
                    image_tries.answer(session, request.id, images, error)

    def hire(*images, error=None):
        threading.Thread(target=work, args=(None if error else images, error), daemon=True).start()
        return taken

    return hire


def left(sessions):
    with sessions.begin() as session:
        return session.query(ImageTry).count()


def test_the_client_waits_and_deletes_what_it_has_read(client, worker, sessions, picture_file):
    taken = worker(GOOD, BAD)
    found = client.try_images("toy", "fc8:0", [picture_file], references=[7])
    assert [each["name"] for each in found] == ["cat.png", "cut.png"]
    assert found[0]["units"][0] == {"neuron": "fc8:0", "activation": 1.0, "percentile": 99.0}
    assert [(each.name, each.content, each.reference) for each in taken[0].images] == [
        ("cat.png", picture_file.read_bytes(), None),
        ("natural image 7", b"", 7),
    ]
    assert left(sessions) == 0


def test_the_client_says_what_went_wrong_and_leaves_nothing(client, worker, sessions, picture_file):
    worker(error="CUDA out of memory")
    with pytest.raises(UserError, match="could not be tried: CUDA out of memory"):
        client.try_images("toy", "fc8:0", [picture_file])
    with pytest.raises(TimeoutError, match="no worker answered in 0 seconds"):
        client.try_images("toy", "fc8:0", [picture_file], timeout=0)
    with pytest.raises(ProblemResponse, match="send at most 16"):
        client.try_images("toy", "fc8:0", [picture_file] * 17)
    assert left(sessions) == 0


def test_the_command_prints_a_table(url, worker, picture_file):
    worker(GOOD, BAD)
    said = run("try", "toy", "fc8:0", picture_file, picture_file, "--server", url)
    assert said.code == 0, said.err
    assert "98.5" in said.out
    assert "fc8:0 99.0, fc8:1 98.0, fc8:2 97.0" in said.out
    assert "truncated" in said.out
    assert max(map(len, said.out.splitlines())) <= COLUMNS


def test_the_command_prints_json(url, worker):
    worker(GOOD)
    said = run("try", "toy", "fc8:0", "--reference", 7, "--json", "--server", url)
    assert said.code == 0, said.err
    assert json.loads(said.out)[0]["percentile"] == 98.53


def test_the_command_fails_where_no_image_can_be_read(url, worker, picture_file):
    worker(BAD)
    said = run("try", "toy", "fc8:0", picture_file, "--server", url)
    assert (said.code, "no image could be read" in said.err) == (1, True)


@pytest.mark.parametrize("count", [0, 17])
def test_the_command_takes_one_to_sixteen(picture_file, count):
    said = run("try", "toy", "fc8:0", *[picture_file] * count)
    assert said.code == 2
    assert f"give 1 to 16 images, not {count}" in " ".join(said.err.replace("│", " ").split())


def test_a_file_that_is_not_there(tmp_path):
    assert run("try", "toy", "fc8:0", tmp_path / "none.png").code == 2


def test_the_client_is_of_a_server(url):
    with Client(url) as client, pytest.raises(ProblemResponse, match="no unit"):
        client.try_images("toy", "fc8:nothing", references=[1])
