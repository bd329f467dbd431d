"""Pages of models, their neurons, and sweeps."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from inverset import storage
from inverset.jobs import store
from inverset.jobs.database import writing
from tests.gallery.reference_images_of_toy import STAMPED, fill, publish
from tests.jobs.catalogue_of_scenes import CATALOGUE, body

PAGES = {"Accept": "text/html"}
HOSTILE = "<img src=x onerror=alert(1)>"
NEURON = "/models/toy/neurons/fc8:volcano"


def look(client, path, status=200):
    answer = client.get(path, headers=PAGES)
    assert answer.status_code == status, answer.text
    return answer.text


def links(text, kind):
    return re.findall(rf'<a[^>]* href="({kind}[^"]*)"', text)


@pytest.fixture
def chosen(client, sessions, settings):
    """The toy model with its reference images chosen."""
    publish(sessions)
    fill(storage.open_store(settings.blobs))


def test_models_are_offered(client):
    text = look(client, "/models")
    assert "/models/toy" in links(text, "/models/")
    assert "67 neurons in 2 layers" in text


def test_a_model_shows_a_layers_neurons_page_by_page(client):
    text = look(client, "/models/toy?layer=conv5")
    assert len(links(text, "/models/toy/neurons/conv5")) == 60
    (following,) = re.findall(r'rel="next" href="([^"]*)"', text)
    rest = look(client, f"/models/toy{unescape(following)}")
    assert [unescape(link).rsplit("%3A", 1)[1] for link in links(rest, "/models/toy/neurons/")] == [
        "60",
        "61",
        "62",
        "63",
    ]
    assert 'rel="next"' not in rest
    assert 'rel="prev"' in rest


def test_a_model_says_how_many_codes_its_device_runs_best(client, sessions):
    assert "This device" not in look(client, "/models/toy")
    with writing(sessions) as session:
        batch = {"codes": 48, "evaluations": 700.4, "device": "cuda"}
        store.publish_model(session, {**CATALOGUE, "batch": batch})
    assert "(cuda) is fastest with 48 images at once, about 700 evaluations a second" in look(
        client, "/models/toy"
    )
    assert client.get("/v1/models/toy").json()["batch"] == batch


def test_a_neuron_is_looked_for(client):
    assert links(look(client, "/models/toy?search=VOLC"), "/models/toy/neurons/") == [
        "/models/toy/neurons/fc8%3Avolcano"
    ]
    assert "No neuron of toy" in look(client, f"/models/toy?search={quote(HOSTILE)}")
    look(client, "/models/toy?layer=nowhere", 404)


def test_a_neuron_in_any_of_its_ways(client):
    for written in ("fc8:0", "fc8:volcano", "fc8%3Avolcano"):
        text = look(client, f"/models/toy/neurons/{written}")
        assert '<h1 class="name">fc8:volcano</h1>' in text
    assert "Natural images appear here once" in text
    assert "did you mean volcano" in look(client, "/models/toy/neurons/fc8:volcan", 404)
    assert "This neuron was not measured" in look(client, "/models/toy/neurons/fc8:2")
    look(client, "/models/toy/neurons/conv5:3@2,4")


def test_natural_images_from_low_to_high(client, chosen):
    text = look(client, NEURON)
    pictures = re.findall(
        r'<a href="(/v1/models/toy/references/[^"]+)"><img class="picture" src="([^"]+)"', text
    )
    assert len(pictures) == 2
    assert all(link == picture for link, picture in pictures)
    ask = next(link for link in links(text, "/new") if "low=" in link)
    assert "-1 to 2:" in look(client, unescape(ask))


def test_galleries_from_low_to_high(client, post, deliver, succeed):
    for low, high in ((5, 6), (1, 2), (3, 4)):
        post(neurons=[{"neuron": "fc8:0", "range": [low, high]}])
        succeed(deliver(low + 0.5, high - 0.5))
    post(neurons=[{"neuron": "fc8:mountain", "range": [1, 2]}])
    text = look(client, NEURON)
    assert re.findall(r'<b class="number">(.*?)</b>', text) == ["1 to 2", "3 to 4", "5 to 6"]
    assert len(links(text, "/jobs/\\w+/samples/")) == text.count("<img class") == 6
    assert "data-hx-get" not in text


def test_samples_stand_in_the_column_of_natural_images_with_their_activation(client, chosen, post, deliver):
    bins = client.get("/v1/models/toy/neurons/fc8:volcano/reference").json()["bins"]
    post(neurons=[{"neuron": "fc8:0", "range": [-9, 12]}], n=2)
    deliver(bins[0]["low"], bins[-1]["high"] + 1)
    row = look(client, NEURON).split("in-columns")[1].split("</li>")[0]
    columns = row.split('<div class="bin-of')[1:]
    assert len(columns) == len(bins)
    held = [re.findall(r"/samples/(\d+)\"", column) for column in columns]
    assert held == [["0"], *[[]] * (len(bins) - 2), ["1"]] if len(bins) > 1 else held == [["0", "1"]]


def test_what_is_computed_is_shown_as_it_comes(client, post):
    post(neurons=[{"neuron": "fc8:0", "range": [1, 2]}, {"neuron": "conv5:3", "range": [0, 1]}])
    text = look(client, NEURON)
    assert 'data-hx-get="/models/toy/neurons/fc8:volcano"' in text
    assert "while conv5:3 from 0 to 1" in text


def test_a_neuron_is_swept(client, settings):
    roomy = {"model": "toy", "neuron": "fc8:0", "n": "3"}
    answer = client.post("/sweeps", data=roomy, headers=PAGES)
    assert answer.status_code == 429  # six jobs, and five are the most here
    assert client.get("/v1/sweeps").json()["items"] == []


def test_what_is_wrong_with_a_sweep_is_said_on_the_neurons_page(client):
    answer = client.post("/sweeps", data={"model": "toy", "neuron": "fc8:0", "n": "few"}, headers=PAGES)
    assert (answer.status_code, "must be a whole number" in answer.text) == (422, True)
    assert '<h1 class="name">fc8:volcano</h1>' in answer.text
    answer = client.post("/sweeps", data={"model": "toy", "neuron": "fc8:2"}, headers=PAGES)
    assert (answer.status_code, "no bands to sweep" in answer.text) == (422, True)


class TestSweep:
    """Where there is room for one."""

    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"max_queued": 50})

    def test_a_neuron_is_swept(self, client):
        answer = client.post("/sweeps", data={"model": "toy", "neuron": "fc8:0", "n": "3"})
        assert answer.status_code == 303
        text = look(client, answer.headers["Location"])
        names = re.findall(r'<b class="number">(.*?)</b>', text)
        assert names == [
            f"between its {ends}"
            for ends in (
                "10th and 25th percentile",
                "50th and 75th percentile",
                "75th and 90th percentile",
                "90th and 95th percentile",
                "95th and 99th percentile",
                "99th and 99.9th percentile",
            )
        ]
        assert f'data-hx-get="{answer.headers["Location"]}"' in text
        stopped = client.post(f"{answer.headers['Location']}/cancel")
        assert stopped.status_code == 303
        assert "data-hx-get" not in look(client, stopped.headers["Location"])

    @pytest.mark.usefixtures("chosen")
    def test_natural_images_of_its_band_stand_below_each_row(self, client):
        bands = [[-0.5, 1.0], [2.0, 3.0], [0.0, 3.0]]
        question = body(neurons=[{"neuron": "fc8:volcano"}], vary={"range": bands})
        sweep = client.post("/v1/sweeps", json=question).json()
        rows = look(client, f"/sweeps/{sweep['id']}").split('<li class="gallery">')[1:]
        activations = [re.findall(r'title="natural image, activation (.*?)"', row) for row in rows]
        assert activations == [["0"], ["2.5"], ["0", "2.5"]]

    def test_a_rectified_neuron_is_swept_where_it_varies(self, client, sessions):
        zeros = {"0": 0.0, "0.8": 0.0, "0.95": 2.0, "1": 4.0}
        measured = {"mean": 0.2, "sd": 1.0, "quantiles": zeros}
        publish(sessions, {**CATALOGUE, "neurons": {"fc8:volcano": measured}})
        answer = client.post("/sweeps", data={"model": "toy", "neuron": "fc8:0", "n": "3"})
        assert look(client, answer.headers["Location"]).count('<li class="gallery">') == 4

    def test_a_sweep_of_neurons_is_told_by_their_names(self, client):
        band = {"range": [1, 2]}
        question = body(neurons=[band], vary={"neuron": ["fc8:volcano", "conv5:3"]})
        sweep = client.post("/v1/sweeps", json=question).json()
        text = look(client, f"/sweeps/{sweep['id']}")
        assert re.findall(r'<b class="number">(.*?)</b>', text) == ["fc8:volcano", "conv5:3"]
        look(client, "/sweeps/sweep_none", 404)


def test_what_a_model_says_is_shown_and_not_run(client, sessions):
    layer = {"name": "fc8", "kind": "vector", "units": 1, "labels": [HOSTILE]}
    measured = {f"fc8:{HOSTILE}": CATALOGUE["neurons"]["fc8:volcano"]}
    hostile = {
        **STAMPED,
        "description": HOSTILE,
        "measured_on": HOSTILE,
        "layers": [layer],
        "neurons": measured,
    }
    publish(sessions, hostile)
    for path in ("/models", "/models/toy", "/models/toy/neurons/fc8:0", "/new"):
        text = look(client, path)
        assert "<img src=x" not in text
    assert "&lt;img src=x" in text
