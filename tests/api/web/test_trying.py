"""Images are tried on a neuron's page: with a plain form, and with the results on the axis."""

import re

import pytest

from inverset.api.web import trying
from inverset.contract.image_tries import DrivenUnit, TriedImage
from inverset.jobs import database, image_tries
from tests.api.web.test_neurons import PAGES, look
from tests.images import encoded, picture

NEURON = "/models/toy/neurons/fc8:volcano"
FILE = ("image", ("<b>cat</b>.png", encoded(picture())))


@pytest.fixture
def send(client):
    """Send the form; gives the address that it leads to."""

    def send(*files, status=303, **fields):
        answer = client.post(f"{NEURON}/images", files=[*files], data=fields, headers=PAGES)
        assert answer.status_code == status, answer.text
        return answer.headers["Location"] if status == 303 else answer.text

    return send


@pytest.fixture
def be_worker(sessions):
    """Answer the next request as a worker does."""

    def be_worker(*images, error=None):
        with database.writing(sessions) as session:
            taken = image_tries.take(session, ["toy"])
            image_tries.answer(session, taken.id, None if error else images, error)

    return be_worker


def test_the_page_has_a_form_that_needs_no_script(client):
    text = look(client, NEURON)
    (form,) = re.findall(r'<form id="images".*?</form>', text, re.DOTALL)
    assert 'method="post" enctype="multipart/form-data"' in form
    assert 'type="file" multiple accept="image/png,image/jpeg,image/webp"' in form
    assert "up to 16 at once, 10 MB each" in form


def test_the_results_stand_on_the_axis_and_lead_to_other_neurons(client, send, be_worker):
    place = send(FILE, ("image", ("cut.png", b"x")), reference="7")
    waiting = look(client, place)
    assert "Waiting for a worker" in waiting
    assert '<meta http-equiv="refresh"' in waiting
    units = (DrivenUnit("fc8:0", 1.0, 99.41), DrivenUnit("fc8:1", 0.5, 12.0))
    be_worker(
        TriedImage("<b>cat</b>.png", 2.5, 98.53, units, 3),
        TriedImage("cut.png", error="it cannot be decoded: image file is truncated"),
        TriedImage("natural image 7", 99.0, 100.0, units, 3),
    )
    text = look(client, place)
    assert "&lt;b&gt;cat&lt;/b&gt;.png" in text
    assert "above 98.5% of natural images" in text
    assert "above all natural images" in text
    assert "It cannot be decoded: image file is truncated." in text
    assert "Driven most, of 3 units of fc8" in text
    assert text.count('href="/models/toy/neurons/fc8%3A0"') == 2
    assert "99.4%" in text
    assert [int(number) for number in re.findall(r'data-pin="(\d)"', text)] == [0, 2]
    assert "Waiting for a worker" not in text
    assert "refresh" not in text


def test_what_is_wrong_is_said_on_the_page(client, send):
    assert "There is no image; send each as a file" in send(("image", ("", b"")), status=422)
    assert "There are 17 images; send at most 16 at once." in send(*[FILE] * 17, status=422)
    for _ in range(4):
        send(FILE)
    assert "4 requests of yours to try images wait already" in send(FILE, status=429)


def test_a_failure_and_deleted_results_are_said(client, send, be_worker):
    place = send(FILE)
    be_worker(error="CUDA out of memory")
    assert "CUDA out of memory" in look(client, place)
    assert "These results were deleted" in look(client, f"{NEURON}?try=try_none")


def test_pins_that_would_overlap_stand_below_each_other():
    assert trying._levels([50, None, 51, 10, 52, 99]) == [0, 0, 1, 0, 2, 0]
    assert trying._levels([10, 20, 30]) == [0, 0, 0]


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (None, ""),
        (0.0, "below all natural images"),
        (100.0, "above all natural images"),
        (99.97, "above 99.9% of natural images"),
        (0.01, "above 0.1% of natural images"),
    ],
)
def test_the_place_among_natural_images_in_words(percentile, words):
    assert trying.standing(percentile) == words
