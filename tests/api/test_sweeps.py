"""Sweeps over HTTP: posted whole or not at all, followed, stopped, fetched, removed."""

import io
import json
import threading
import time
import zipfile

import pytest

from tests.jobs.catalogue_of_scenes import body

BANDS = [[1, 2], {"quantiles": [0.5, 0.9]}, {"sd": [0, 1]}]


def sweep(**changes):
    return {"model": "toy", "neurons": [{"neuron": "fc8:0"}], "vary": {"range": BANDS}, **changes}


def of_neurons(*names, wanted=(1, 2)):
    return sweep(neurons=[{"range": wanted}], vary={"neuron": list(names)})


@pytest.fixture
def post_sweep(client):
    def post_sweep(headers=None, **changes):
        answer = client.post("/v1/sweeps", json=sweep(**changes), headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    return post_sweep


def test_a_sweep_is_posted_and_found(client):
    answer = client.post("/v1/sweeps", json=sweep(n=20, seed=3))
    made = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == made["links"]["self"] == f"/v1/sweeps/{made['id']}"
    assert (made["state"], made["owner"]) == ("queued", "local")
    assert made["progress"] == {"jobs": 3, "ended": 0, "accepted": 0, "n": 60}
    ranges = [[{"neuron": "fc8:volcano", "range": band}] for band in ([1, 2], [0, 8], [1, 5])]
    assert [job["ranges"] for job in made["jobs"]] == ranges
    assert {(job["spec"]["n"], job["spec"]["seed"], job["sweep"]) for job in made["jobs"]} == {
        (20, 3, made["id"])
    }
    assert [job["queue"]["position"] for job in made["jobs"]] == [1, 2, 3]
    assert client.get(answer.headers["location"]).json() == made
    whole = {name: value for name, value in made.items() if name != "jobs"}
    assert client.get("/v1/sweeps").json() == {"items": [whole], "next": None}


def test_its_jobs_are_jobs_like_others(client, post, post_sweep):
    alone, made = post(), post_sweep()
    job = client.get(made["jobs"][1]["links"]["self"]).json()
    assert (job["sweep"], job["links"]["sweep"]) == (made["id"], made["links"]["self"])
    assert (alone["sweep"], "sweep" in alone["links"]) == (None, False)
    listed = client.get(made["links"]["jobs"]).json()["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in made["jobs"]}


def test_a_sweep_of_neurons_and_one_of_intersections(client):
    made = client.post("/v1/sweeps", json=of_neurons("fc8:0", "conv5:3@max")).json()
    assert [job["ranges"][0]["neuron"] for job in made["jobs"]] == ["fc8:volcano", "conv5:3@max"]
    both = sweep(neurons=[{"neuron": "fc8:1", "range": [0, 9]}, {"neuron": "fc8:0"}])
    made = client.post("/v1/sweeps", json=both).json()
    assert [[each["range"] for each in job["ranges"]] for job in made["jobs"]] == [
        [[0, 9], [1, 2]], [[0, 9], [0, 8]], [[0, 9], [1, 5]]
    ]  # fmt: skip
    assert {job["kind"] for job in made["jobs"]} == {"intersection"}


WRONG = [
    (of_neurons("fc8:0", "fc8:volcanoe"), ["vary", "neuron", 1], "did you mean volcano"),
    (of_neurons("fc8:0", "fc8:2", wanted={"sd": [0, 1]}), ["vary", "neuron", 1], "was not measured"),
    (sweep(neurons=[{"neuron": "fc8:9"}]), ["neurons", 0, "neuron"], "0 to 2"),
    (
        sweep(neurons=[{"neuron": "fc8:0"}, {"neuron": "fc8:0", "range": [1, 3]}], vary={"range": [[1, 2]]}),
        ["vary", "range", 0],
        "named twice",
    ),
    (sweep(vary={"range": [[1, 2], [2, 1]]}), ["vary", "range", 1], "reversed"),
    (sweep(vary={"range": [[1, 2]] * 65}), ["vary", "range"], "64"),
    (sweep(vary={"range": []}), ["vary", "range"], "at least 1"),
    (sweep(vary={}), [], '"range" or "neuron"'),
    (sweep(vary={"range": BANDS, "neuron": ["fc8:0"]}), [], '"range" or "neuron"'),
    (sweep(vary={"seed": [1, 2]}), ["vary", "seed"], "not a field here"),
    (sweep(neurons=[{"neuron": "fc8:0", "range": [1, 2]}]), [], "leaves out its range"),
    (sweep(neurons=[{"neuron": "fc8:0"}, {"neuron": "fc8:1"}]), [], "leaves out its range"),
    (sweep(n=10**9), ["n"], "100000"),
    (sweep(model="tog"), ["model"], "toy"),
    (sweep(options={"speed": 1}), ["options", "speed"], "margin"),
    (sweep(colour="red"), ["colour"], "not a field here"),
    (body(), ["vary"], "is missing"),
]


def test_nothing_is_created_where_one_thing_is_wrong(client):
    for request, place, hint in WRONG:
        answer = client.post("/v1/sweeps", json=request)
        assert answer.status_code == 422, request
        assert answer.headers["content-type"] == "application/problem+json"
        data = answer.json()
        assert [error["loc"] for error in data["errors"]] == [place], data
        assert hint in data["detail"]
    assert client.get("/v1/sweeps").json()["items"] == client.get("/v1/jobs").json()["items"] == []


def test_every_wrong_job_is_told(client):
    answer = client.post("/v1/sweeps", json=of_neurons("fc8:7", "fc8:0", "fc8:8")).json()
    assert [error["loc"] for error in answer["errors"]] == [["vary", "neuron", 0], ["vary", "neuron", 2]]


def test_a_sweep_that_does_not_fit_into_the_queue_is_not_begun(client, post):
    for _ in range(3):
        post()
    answer = client.post("/v1/sweeps", json=sweep())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert len(client.get("/v1/jobs").json()["items"]) == 3


def test_the_same_key_makes_one_sweep_even_at_the_same_time(client, post_sweep):
    together, result = threading.Barrier(6), []

    def send():
        together.wait()
        result.append(post_sweep(headers={"Idempotency-Key": "one"})["id"])

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(result) == 6
    assert len(set(result)) == 1
    assert len(client.get("/v1/jobs").json()["items"]) == 3
    other = client.post("/v1/sweeps", json=sweep(n=7), headers={"Idempotency-Key": "one"})
    assert (other.status_code, "'one'" in other.json()["detail"]) == (422, True)


def test_a_sweep_goes_from_queued_to_succeeded(client, post_sweep, deliver, succeed):
    made = post_sweep(n=1, vary={"range": BANDS[:2]})
    path = made["links"]["self"]
    first = deliver(1.5)
    assert client.get(path).json()["state"] == "running"
    succeed(first)
    between = client.get(path).json()
    assert (between["state"], between["progress"]) == (
        "running", {"jobs": 2, "ended": 1, "accepted": 1, "n": 2}
    )  # fmt: skip
    timer = threading.Timer(0.7, succeed, [deliver(1.5)])
    began = time.monotonic()
    timer.start()
    answer = client.get(path, headers={"Prefer": "wait=20"})
    timer.join()
    assert 0.5 < time.monotonic() - began < 5
    assert answer.headers["preference-applied"] == "wait=20"
    assert answer.json()["state"] == "succeeded"
    assert client.post(f"{path}/retry").status_code == 409


def test_a_sweep_is_canceled_and_begun_again(client, post_sweep, deliver, succeed):
    made = post_sweep(n=1)
    path = made["links"]["self"]
    succeed(deliver(1.5))
    canceled = client.post(made["links"]["cancel"])
    assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
    assert [job["state"] for job in canceled.json()["jobs"]] == ["succeeded", "canceled", "canceled"]
    assert client.post(made["links"]["cancel"]).json() == canceled.json()
    again = client.post(made["links"]["retry"]).json()
    assert [job["state"] for job in again["jobs"]] == ["succeeded", "queued", "queued"]
    assert client.get(path).json() == again


def test_a_sweep_is_deleted_with_its_jobs_and_files(client, post, post_sweep, deliver, settings):
    made, folder = post_sweep(n=1), settings.data_dir / "blobs" / "jobs"
    deliver(1.5)
    kept = post()["id"]
    assert len(list(folder.iterdir())) == 1
    answer = client.delete(made["links"]["self"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert list(folder.iterdir()) == []
    assert [job["id"] for job in client.get("/v1/jobs").json()["items"]] == [kept]
    assert client.delete(made["links"]["self"]).status_code == 404


def test_a_sweep_lasts_as_long_as_one_of_its_jobs(client, post_sweep):
    made = post_sweep(vary={"range": BANDS[:2]})
    first, last = (job["links"]["self"] for job in made["jobs"])
    client.delete(last)
    assert [job["links"]["self"] for job in client.get(made["links"]["self"]).json()["jobs"]] == [first]
    client.delete(first)
    assert client.get(made["links"]["self"]).status_code == 404


def test_pages_go_through_all_sweeps_newest_first(client, post_sweep):
    made = [post_sweep(vary={"range": BANDS[:1]})["id"] for _ in range(5)]
    seen, url = [], "/v1/sweeps?limit=2&owner=local"
    while url:
        page = client.get(url).json()
        seen, url = [*seen, *page["items"]], page["next"]
    assert [each["id"] for each in seen] == made[::-1]
    assert client.get("/v1/sweeps?owner=other").json()["items"] == []


def test_the_gallery_has_a_folder_for_each_job_under_one_page(client, post_sweep, deliver, succeed):
    made = post_sweep(n=3)
    for activations in ((1.75, 1.25, 1.5), (3.0, 7.0)):
        succeed(deliver(*activations), {"verdict": ["good"]})
    answer = client.get(made["links"]["gallery"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert json.loads(archive.read("manifest.json"))["galleries"] == ["band-0", "band-1", "band-2"]
    page = archive.read("index.html").decode()
    assert "fc8:volcano over 3 bands of toy" in page
    for number, count in enumerate((3, 2, 0)):
        data = json.loads(archive.read(f"band-{number}/manifest.json"))
        assert data["ranges"] == made["jobs"][number]["ranges"]
        assert len(data["samples"]) == count
        assert f'href="band-{number}/index.html"' in page
        for sample in data["samples"]:
            assert archive.read(f"band-{number}/{sample['file']}").startswith(b"\x89PNG")
        alone = zipfile.ZipFile(io.BytesIO(client.get(made["jobs"][number]["links"]["gallery"]).content))
        for name in alone.namelist():
            assert archive.read(f"band-{number}/{name}") == alone.read(name)


def test_what_belongs_to_no_sweep_is_not_found(client):
    for method, what in (
        ("GET", ""),
        ("GET", "/gallery.zip"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("DELETE", ""),
    ):
        answer = client.request(method, f"/v1/sweeps/sweep_none{what}", headers={"Prefer": "wait=9"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "sweep_none" in answer.json()["detail"]
