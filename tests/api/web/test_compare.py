"""Galleries side by side as a page."""

import re

import pytest

from inverset.api.web.pages.compare import axes
from inverset.contract.question import Band, Target
from tests.api.keyring import bearing, prepare
from tests.jobs.catalogue_of_scenes import body

PAGES = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>"
ROW = {"name": "precision", "meaning": HOSTILE, "natural": 0.5, "rejection": None}


@pytest.fixture
def jobs(post, deliver, succeed):
    """Two that have ended, one that has nothing yet."""
    made = []
    for method, value in (("calibrated", 1.0), ("paper", 0.25)):
        made.append(post(n=3, method=method)["id"])
        trust = {"word": "do not trust", "reason": HOSTILE}
        result = {"trust": trust, "verdict": [HOSTILE], "metrics": [{**ROW, "samples": value}]}
        succeed(deliver(1.5, 1.25, 2.0), result)
    return [*made, post(n=2)["id"]]


@pytest.mark.parametrize("how", ["jobs", "job"])
def test_each_has_its_pictures_by_rising_activation(client, jobs, how):
    expected = {"jobs": ",".join(jobs)} if how == "jobs" else {"job": jobs}
    answer = client.get("/compare", params=expected, headers=PAGES)
    assert answer.status_code == 200, answer.text
    pictures = re.findall(r'href="/jobs/(\w+)/samples/(\d+)"', answer.text)
    assert pictures == [(job, index) for job in jobs[:2] for index in ("1", "0", "2")]
    assert "They differ in <b>method, images at once, number of images</b>" in answer.text
    assert answer.text.count('class="do-not-trust"') == 2
    assert answer.text.count("Not measured.") == 1
    assert '<rect width="100.0" height="8"/>' in answer.text
    assert '<rect width="25.0" height="8"/>' in answer.text
    assert '<path d="M50.0 0v8"/>' in answer.text


def test_headings_and_choices_are_in_the_units_of_the_request(client, post, deliver):
    neurons = [{"neuron": "fc8:volcano", "range": {"quantiles": [0.5, 0.9]}}]
    made = []
    for seed in range(2):
        made.append(post(n=3, seed=seed, neurons=neurons)["id"])
        deliver(1.5, 1.25, 2.0)
    title = "volcano, between its 50th and 90th percentile"
    shown = client.get("/compare", params={"job": made}, headers=PAGES).text
    assert re.findall(r'<h2 id="side-\d">.*<a href="[^"]*">(.*)</a></h2>', shown) == [title] * 2
    assert client.get("/compare", headers=PAGES).text.count(title) == 2


def test_what_was_written_elsewhere_is_shown_and_not_run(client, jobs):
    shown = client.get("/compare", params={"jobs": ",".join(jobs)}, headers=PAGES).text
    assert HOSTILE not in shown
    assert shown.count("&lt;script&gt;alert(1)") == 5


def test_without_jobs_it_offers_those_with_samples(client, jobs):
    answer = client.get("/compare", headers=PAGES)
    assert answer.status_code == 200
    assert set(re.findall(r'name="job" value="(\w+)"', answer.text)) == set(jobs[:2])


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_and_too_many_are_told_and_stay_marked(client, jobs, count):
    named = [jobs[0], *(f"job_{at}" for at in range(count - 1))]
    answer = client.get("/compare", params={"job": named}, headers=PAGES)
    assert answer.status_code == 422
    assert "name 2 to 6 different jobs" in answer.text
    assert re.findall(r'value="(\w+)" checked', answer.text) == [jobs[0]]


def test_one_that_is_not_there_is_told(client, jobs):
    answer = client.get("/compare", params={"job": [jobs[0], HOSTILE]}, headers=PAGES)
    assert answer.status_code == 422
    assert "there is no job" in answer.text
    assert HOSTILE not in answer.text


def test_dots_of_one_neuron_have_one_axis():
    targets = [Target("a", Band(0.0, 1.0)), Target("a", Band(3.0, 4.0)), Target("b", Band.of(None))]
    drawn = axes(targets, [[0.0, 1.0], [4.0], []])
    assert [axis.ends for axis in drawn] == [(0, 4), (0, 4), (0, 1)]
    assert [axis.dots for axis in drawn] == [[0, 25], [100], []]
    assert [axis.shade for axis in drawn] == [[0, 25], [75, 100], None]


class TestOfOthers:
    @pytest.fixture
    def settings(self, sqlite_tables, tmp_path):
        settings, self.keys = prepare(sqlite_tables, tmp_path)
        return settings

    def test_jobs_are_not_compared(self, client):
        def ask(name):
            return client.post("/v1/jobs", json=body(), headers=bearing(self.keys[name])).json()["id"]

        ids = f"{ask('bob')},{ask('ann')}"
        answer = client.get(f"/compare?jobs={ids}", headers={**PAGES, **bearing(self.keys["ann"])})
        assert answer.status_code == 422
        assert "there is no job" in answer.text
