"""The home page: the question, the example, what runs, and galleries grouped by neuron."""

import re
import time
from urllib.parse import quote

import pytest

from inverset import storage
from inverset.api.deps import Services
from inverset.api.web import neuron_search
from inverset.jobs import database, leases, store
from tests.api.test_sweeps import sweep
from tests.gallery.reference_images_of_toy import fill, publish
from tests.jobs.catalogue_of_scenes import CATALOGUE, MEASURED

PAGES = {"Accept": "text/html"}
EVIDENCE = {"trust": {"word": "good", "reason": "fine"}, "verdict": []}


@pytest.fixture
def look(client):
    """A page, its white space as single spaces."""
    return lambda path="/": " ".join(client.get(path, headers=PAGES).text.split())


@pytest.fixture
def done(post, deliver, succeed):
    """A job that has its image; gives its answer."""

    def done(**changes):
        job = post(n=1, **changes)
        succeed(deliver(1.5), EVIDENCE)
        return job

    return done


def neurons(name, low, high):
    return [{"neuron": name, "range": {"quantiles": [low, high]}}]


def test_the_example_is_there_before_any_job(client, look):
    shown = look()
    assert "What does this neuron respond to?" in shown
    for word in ("low", "middle", "high"):
        picture = re.search(rf"/static/example-{word}\.webp\?v=\w+", shown)[0]
        assert client.get(picture).headers["Content-Type"] == "image/webp"
    assert "You have no galleries yet." in shown
    assert "95th to 99th percentile" in shown


def test_the_line_of_state_gives_times_that_were_measured(look, sessions, post, client):
    assert "No worker is running: a new gallery waits until one starts." in look()
    with database.writing(sessions) as session:
        leases.enroll(session, "one", "cuda:0")
        leases.note_alive(session, "one", {"toy": 0.5})
    client.get("/v1/queue")
    assert "1 GPU free; 100 images take about 3 min." in look()
    post()
    client.get("/v1/queue")
    assert "1 GPU busy, 1 job waits; 100 images take about 3 min." in look()
    client.post("/v1/admin/pause")
    assert "The service is paused" in look()


def test_galleries_stand_under_their_neuron_with_the_percentiles_of_their_band(look, done):
    made = [done(neurons=neurons("fc8:volcano", low, high)) for low, high in ((0.5, 0.9), (0.9, 1))]
    done(neurons=[{"neuron": "fc8:mountain", "range": [0, 8]}])
    shown = look()
    headings = re.findall(r'<h3[^>]*><a href="([^"]*)"[^>]*>([^<]*)</a>', shown)
    expected = [("mountain", "fc8:mountain"), ("volcano", "fc8:volcano")]
    assert headings == [(f"/models/toy/neurons/{quote(neuron, safe='')}", name) for name, neuron in expected]
    for job, band in zip(made, ("50th to 90th percentile", "above the 90th percentile"), strict=True):
        assert f'href="/jobs/{job["id"]}"><b>{band}</b></a> <span class="word good">' in shown
    assert "<b>50th to 90th percentile</b>" in shown.split("fc8:mountain", 1)[1].split("</section>")[0]
    assert "1 image · <time" in shown


def test_a_band_without_measurements_is_given_in_activations(look, done):
    done(neurons=[{"neuron": "conv5:7", "range": [1, 2]}])
    assert "<b>activation 1 to 2</b>" in look()


def test_a_sweep_is_one_card(client, look, deliver, succeed):
    made = client.post("/v1/sweeps", json=sweep(n=1)).json()
    for _ in made["jobs"]:
        succeed(deliver(1.5), EVIDENCE)
    shown = look()
    assert shown.count('class="card shown') == 1
    assert f'href="/sweeps/{made["id"]}"' in shown
    for job in made["jobs"]:
        assert shown.count(f'href="/jobs/{job["id"]}"') == 1


def test_previews_are_no_galleries(look, done, post):
    done(preview=True)
    post(preview=True)
    for path in ("/", "/jobs"):
        assert 'class="card' not in look(path).replace('class="card example"', "")
    assert "You have no galleries yet" in look()


def test_what_runs_stands_above_with_how_far_it_is(look, post, deliver, client):
    post(n=10)
    deliver(1.5, 1.6)
    second = post(n=10)
    shown = look()
    assert "2 of 10, about 8 s left" in shown
    assert shown.index("2 of 10") < shown.index(second["id"])
    assert '<progress max="10" value="2"' in shown
    assert "You have no galleries yet" in shown
    answer = client.post(f"/jobs/{second['id']}/cancel", data={"then": "/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert second["id"] not in look("/running")


def test_the_form_selects_galleries(look, done, client):
    first, second = done(), done(neurons=neurons("fc8:mountain", 0.5, 0.9))
    client.patch(first["links"]["self"], json={"name": "At night", "tags": ["dark"], "starred": True})
    for query in (
        "search=night",
        "tag=dark",
        "starred=yes",
        "neuron=fc8:volcano",
        "search=&trust=good&starred=yes",
    ):
        shown = look(f"/jobs?{query}")
        assert first["id"] in shown, query
        assert second["id"] not in shown, query
    assert "No gallery matches." in look("/jobs?search=nothing+of+the+kind")
    assert "<b>At night</b>" in look()


def test_further_pages_keep_the_selection(look, done, monkeypatch):
    monkeypatch.setattr("inverset.api.web.pages.jobs.SHOWN", 1)
    first, second = done(), done()
    shown = look("/jobs?trust=good")
    assert second["id"] in shown
    assert first["id"] not in shown
    following = re.search(r'href="(\?cursor=[^"]*)">Older', shown)[1].replace("&amp;", "&")
    assert "trust=good" in following
    assert first["id"] in look(f"/jobs{following}")


def test_a_star_is_given_and_taken_back(look, done, client):
    job = done()
    for starred in ("true", "false"):
        answer = client.post(f"/jobs/{job['id']}/star", data={"then": "/jobs?trust=good"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/jobs?trust=good")
        assert f'class="star" aria-pressed="{starred}"' in look()


def test_a_gallery_gets_a_name_notes_and_tags_by_a_form(look, done, client):
    job = done()
    form = f"/jobs/{job['id']}/labels"
    fields = {"name": "At <b>night</b>", "notes": "mostly", "tags": "dark, , cold", "then": "/"}
    answer = client.post(form, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    for path in ("/", f"/jobs/{job['id']}"):
        assert "<b>At &lt;b&gt;night&lt;/b&gt;</b>" in look(path)
    assert "<p>mostly</p>" in look(f"/jobs/{job['id']}")
    shown = look(form)
    assert 'value="dark, cold"' in shown
    assert f'<a href="/jobs/{job["id"]}">volcano, activation 1 to 2</a>' in shown
    assert ">mostly</textarea>" in shown
    refused = client.post(form, data={**fields, "tags": "x" * 41}, headers=PAGES)
    assert refused.status_code == 422
    assert "must have at most 40 characters" in refused.text
    assert "At &lt;b&gt;night" in refused.text
    elsewhere = client.post(form, data={**fields, "then": "https://evil.example/"})
    assert elsewhere.headers["Location"] == "/"


def test_neurons_are_suggested_with_pictures_and_a_histogram(look, sessions, settings):
    publish(sessions)
    fill(storage.open_store(settings.blobs))
    shown = look("/neurons/suggested?search=moun")
    assert re.findall(r'data-address="([^"]*)"', shown) == ["/models/toy/neurons/fc8%3Amountain"]
    assert '<svg class="outline"' in shown
    assert "/v1/models/toy/references/300.webp" in shown
    assert 'role="option"' in look("/neurons/suggested?search=")
    assert 'role="option"' not in look("/neurons/suggested?search=nosuch")


def test_whole_labels_come_first(look):
    names = re.findall(r'aria-label="([^"]*) of toy"', look("/neurons/suggested?search=3"))
    assert names[0] == "conv5:3"


def test_a_search_leads_to_the_only_neuron_of_that_name(client, look):
    for text in ("volcano", "fc8:volcano", " Volcano "):
        answer = client.get("/neurons", params={"search": text}, headers=PAGES)
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            "/models/toy/neurons/fc8%3Avolcano",
        ), text
    assert "fc8:volcano" in look("/neurons?search=o")
    assert "No neuron has “zzz” in its name." in look("/neurons?search=zzz")


def test_a_random_neuron_is_a_measured_one(client):
    found = {client.get("/neurons/random").headers["Location"] for _ in range(12)}
    assert len(found) > 1
    for each in found:
        assert client.get(each, headers=PAGES).status_code == 200
        assert "was not measured" not in client.get(each, headers=PAGES).text


def test_without_models_there_is_nothing_to_choose_by_chance(client, sessions):
    with database.writing(sessions) as session:
        store.withdraw_model(session, "toy")
    assert client.get("/neurons/random").headers["Location"] == "/models"
    assert "There are no models yet" in client.get("/neurons", headers=PAGES).text


def test_a_suggestion_takes_less_than_50_ms_with_20000_measured_neurons(sessions, settings):
    layers = [{"name": f"layer{each}", "kind": "vector", "units": 2000, "labels": []} for each in range(10)]
    names = {f"layer{layer}:{unit}": MEASURED for layer in range(10) for unit in range(2000)}
    publish(sessions, {**CATALOGUE, "name": "large", "layers": layers, "neurons": names})
    services = Services.of(settings)
    for text in ("1999", "layer3:19", "nosuch", ""):
        times = []
        for _ in range(4):  # of this process alone: the machine may have more to do
            begin = time.process_time()
            found = neuron_search.search(services, text, 7)
            times.append(time.process_time() - begin)
        assert len(found) == (0 if text == "nosuch" else 7)
        assert min(times) < 0.05, (text, times)
    services.close()
