"""The client against the real API, and against servers that behave badly."""

import io
import json
import re
import threading
import time
import zipfile
from contextlib import contextmanager

import pytest

from inverset import Client, ProblemResponse, ServerUnreachable, transport
from inverset.folders import DamagedArchive
from tests.api.conftest import serving
from tests.jobs.catalogue_of_scenes import body


def answer(status, content, *headers):
    text = json.dumps(content).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + text


JOB = answer("200 OK", {"id": "job_1", "state": "succeeded"})
BUSY = answer("503 Service Unavailable", {"title": "Too busy", "detail": "try again"})


def test_a_job_is_submitted_and_listed(client):
    job = client.submit(body(n=7))
    assert job["state"] == "queued"
    assert client.job(job["id"])["spec"]["n"] == 7
    assert [each["id"] for each in client.jobs(state="queued", model="toy")] == [job["id"]]
    assert list(client.jobs(state="failed")) == []


def test_jobs_and_samples_come_page_after_page(client, deliver):
    made = [client.submit(body(n=150))["id"] for _ in range(55)]
    assert [each["id"] for each in client.jobs()] == made[::-1]
    deliver(*(1 + each / 150 for each in range(150)))
    samples = list(client.samples(made[0]))
    assert [each["index"] for each in samples] == list(range(150))
    assert [each["index"] for each in client.samples(made[0], low=1.5, order="activation")] == list(
        range(75, 150)
    )
    assert client.image(samples[3]).startswith(b"\x89PNG")


def test_what_the_server_refuses_is_told(client):
    with pytest.raises(ProblemResponse, match=r"Unknown neuron: .*did you mean volcano") as caught:
        client.submit(body(neurons=[{"neuron": "fc8:volcanoe", "range": [1, 2]}]))
    assert caught.value.status == 422
    assert caught.value.errors[0]["loc"] == ["neurons", 0, "neuron"]
    assert caught.value.request_id
    with pytest.raises(ProblemResponse, match=r"no job 'job x\?'"):
        client.job("job x?")


def test_waiting_ends_with_the_job(client, deliver, succeed):
    job = client.submit(body(n=2))["id"]
    claimed, seen = deliver(1, 2), []
    threading.Timer(0.5, succeed, [claimed]).start()
    ended = client.wait(job, on_progress=seen.append, timeout=20)
    assert ended["state"] == "succeeded"
    assert seen[0]["progress"]["accepted"] == 2
    assert seen[-1] == ended


def test_events_are_told_until_the_end(client, deliver, succeed):
    job = client.submit(body(n=2))["id"]
    seen = client.events(job)
    assert next(seen)["state"] == "queued"
    claimed = deliver(1, 2)
    assert next(seen)["progress"]["accepted"] == 2
    succeed(claimed)
    assert [each["state"] for each in seen] == ["succeeded"]
    with pytest.raises(ProblemResponse, match="no job"):
        next(client.events("job_none"))


def told(*events):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: ping\n\n"
    texts = [f"event: {name}\ndata: {json.dumps(data)}\nid: {number}\n\n" for name, number, data in events]
    return head + "".join(texts).encode()


def test_events_go_on_where_the_line_broke(play):
    server = play(told(("job", 3, "a"), ("job", 5, "b")), b"", told(("job", 6, "c"), ("end", 6, {})))
    assert list(Client(server.url).events("job_1")) == ["a", "b", "c"]
    assert "last-event-id" not in server.requests[0].lower()
    assert all("last-event-id: 5" in each.lower() for each in server.requests[1:])


def test_events_that_never_end_are_given_up(play, monkeypatch):
    monkeypatch.setattr(transport, "KNOWN_SECONDS", 1.0)
    server = play(*[told()] * 4)
    with pytest.raises(ServerUnreachable, match="ended early"):
        list(Client(server.url).events("job_1"))


SWEEP = {"model": "toy", "n": 1, "neurons": [{"neuron": "fc8:volcano"}], "vary": {"range": [[1, 2], [2, 3]]}}


def test_a_sweep_is_submitted_awaited_and_fetched(client, deliver, succeed, tmp_path):
    made, seen = client.submit_sweep(SWEEP), []
    assert client.sweep(made["id"])["jobs"] == made["jobs"]
    assert [each["id"] for each in client.sweeps(owner="local")] == [made["id"]]
    succeed(deliver(1.5))
    threading.Timer(1.7, succeed, [deliver(2.5)]).start()
    ended = client.wait_sweep(made["id"], on_progress=seen.append, timeout=20)
    assert (ended["state"], seen[0]["state"], seen[-1]) == ("succeeded", "running", ended)
    folder = client.download_sweep(made["id"], tmp_path / "sweep")
    assert {path.name for path in folder.iterdir()} == {"band-0", "band-1", "index.html", "manifest.json"}
    client.delete_sweep(made["id"])
    assert list(client.jobs()) == []


def test_a_sweep_is_canceled_and_retried(client):
    made = client.submit_sweep(SWEEP)["id"]
    with pytest.raises(TimeoutError, match=f"sweep {made} is queued"):
        client.wait_sweep(made, timeout=0)
    assert client.cancel_sweep(made)["state"] == "canceled"
    assert client.retry_sweep(made)["state"] == "queued"


@pytest.mark.parametrize("timeout", [0, 0.3, 1.2])
def test_waiting_ends_in_time(client, timeout):
    job, began = client.submit(body())["id"], time.monotonic()
    with pytest.raises(TimeoutError, match=f"{job} is queued"):
        client.wait(job, timeout=timeout)
    assert timeout <= time.monotonic() - began < timeout + 1.5


def test_a_job_is_canceled_retried_deleted(client):
    job = client.submit(body())["id"]
    assert client.cancel(job)["state"] == "canceled"
    assert client.wait(job)["state"] == "canceled"
    assert client.retry(job)["state"] == "queued"
    client.delete(job)
    with pytest.raises(ProblemResponse) as caught:
        client.retry(job)
    assert caught.value.status == 404


def test_models_and_neurons_are_told(client):
    assert [model["name"] for model in client.models()] == ["toy"]
    assert {each["layer"] for each in client.neurons("toy")} == {"conv5", "fc8"}
    assert [each["label"] for each in client.neurons("toy", "fc8")] == ["volcano", "mountain", None]


def test_a_question_is_asked_again(play):
    server = play(b"", BUSY, JOB)
    assert Client(server.url).job("job_1")["id"] == "job_1"


def test_a_job_is_submitted_again_under_the_same_key(play):
    server = play(b"", BUSY, JOB)
    assert Client(server.url, "secret").submit(body())["id"] == "job_1"
    keys = {re.search(r"idempotency-key: (\S+)", each, re.IGNORECASE)[1] for each in server.requests}
    assert len(server.requests) == 3
    assert len(keys) == 1
    assert all("authorization: bearer secret" in each.lower() for each in server.requests)


def test_every_job_has_its_own_key_and_nobody_sends_an_empty_token(play):
    server = play(JOB, JOB)
    for _ in range(2):
        Client(server.url).submit(body())
    keys = {re.search(r"idempotency-key: (\S+)", each, re.IGNORECASE)[1] for each in server.requests}
    assert len(keys) == 2
    assert not any("authorization" in each.lower() for each in server.requests)


@pytest.mark.parametrize("wish", ["cancel", "retry", "delete"])
def test_what_is_not_safe_is_sent_once(play, wish):
    server = play(BUSY)
    with pytest.raises(ProblemResponse, match="Too busy"):
        getattr(Client(server.url), wish)("job_1")
    assert len(server.requests) == 1


@contextmanager
def restarted(settings, port, after):
    """The server, once so many seconds are over."""
    begun = threading.Event()

    def serve():
        time.sleep(after)
        with serving(settings, port):
            begun.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        begun.set()
        thread.join()


def test_a_restart_of_the_server_goes_unnoticed(settings):
    with serving(settings) as http:
        client, port = Client(str(http.base_url)), http.base_url.port
        first = client.submit(body())["id"]
        output = client.events(first)
        assert next(output)["id"] == first
    began = time.monotonic()
    with restarted(settings, port, after=3):
        assert client.job(first)["state"] == "queued"
        assert time.monotonic() - began > 2
        client.cancel(first)
        assert [each["state"] for each in output][-1] == "canceled"
    with restarted(settings, port, after=2):
        second = client.submit(body())["id"]
        assert [job["id"] for job in client.jobs()] == [second, first]


def test_a_server_that_does_not_come_back_is_given_up(settings, monkeypatch):
    monkeypatch.setattr(transport, "KNOWN_SECONDS", 2.0)
    with serving(settings) as http:
        client = Client(str(http.base_url))
        client.models()
    began = time.monotonic()
    with pytest.raises(ServerUnreachable):
        client.models()
    assert 1 < time.monotonic() - began < 4


def test_what_is_refused_is_not_asked_again(play):
    server = play(answer("429 Too Many", {"title": "Too many jobs", "detail": "later"}))
    with pytest.raises(ProblemResponse, match="Too many jobs: later"):
        Client(server.url).submit(body())
    assert len(server.requests) == 1


def test_an_error_of_another_server_is_told(play):
    server = play(answer("404 Not Found", "<html>"))
    with pytest.raises(ProblemResponse, match=r"GET .*/v1/jobs/job_1 answered 404"):
        Client(server.url).job("job_1")


def test_no_server_is_told():
    with Client("http://127.0.0.1:9") as client:
        assert not client.ready()
        with pytest.raises(ServerUnreachable, match=r"no server answers at http://127.0.0.1:9"):
            client.job("job_1")


@pytest.mark.parametrize("url", ["127.0.0.1:8765", "", "ftp://x", "http://", "http://[1"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(ValueError):
        Client(url)


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def sent(content, length=None):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length or len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content


def test_a_gallery_is_downloaded_even_where_the_line_breaks(play, tmp_path):
    gallery = zipped(manifest="{}")
    server = play(sent(gallery[:50], len(gallery)), sent(gallery))
    folder = Client(server.url).download("job_1", tmp_path / "gallery")
    assert [path.name for path in folder.iterdir()] == ["manifest"]
    assert len(server.requests) == 2


def test_a_download_that_broke_off_goes_on(play, tmp_path):
    gallery = zipped(manifest="{}")
    first = b'HTTP/1.1 200 OK\r\nETag: "a"\r\n' + sent(gallery[:50], len(gallery)).partition(b"\r\n")[2]
    rest = b'HTTP/1.1 206 Partial\r\nETag: "a"\r\n' + sent(gallery[50:]).partition(b"\r\n")[2]
    server = play(first, rest)
    folder = Client(server.url).download("job_1", tmp_path / "gallery")
    assert [path.name for path in folder.iterdir()] == ["manifest"]
    request = str(server.requests[1]).lower()
    assert "range: bytes=50-" in request
    assert 'if-range: "a"' in request


def test_a_download_of_what_has_changed_begins_anew(play, tmp_path):
    gallery = zipped(manifest="{}")
    first = b'HTTP/1.1 200 OK\r\nETag: "a"\r\n' + sent(b"x" * 50, len(gallery)).partition(b"\r\n")[2]
    server = play(first, sent(gallery))
    folder = Client(server.url).download("job_1", tmp_path / "gallery")
    assert [path.name for path in folder.iterdir()] == ["manifest"]


@pytest.mark.parametrize("status", ["404 Not Found", "422 No"])
def test_a_download_that_is_refused_leaves_nothing(play, tmp_path, status):
    server = play(answer(status, {"title": "Not found", "detail": "no job"}))
    with pytest.raises(ProblemResponse, match="no job"):
        Client(server.url).download("job_1", tmp_path / "gallery")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_no_zip_file_leaves_nothing(play, tmp_path):
    server = play(sent(b"what?"))
    with pytest.raises(DamagedArchive):
        Client(server.url).download("job_1", tmp_path / "gallery")
    assert list(tmp_path.iterdir()) == []


def test_a_job_is_labelled_found_and_put_first(client):
    first, second = (client.submit(body())["id"] for _ in range(2))
    client.change(first, name="Volcanoes", tags=["fire"], starred=True)
    for which in (
        {"tag": "fire"},
        {"search": "volcanoes"},
        {"starred": True},
        {"neuron": "fc8:volcano", "tag": "fire"},
    ):
        assert [each["id"] for each in client.jobs(**which)] == [first], which
    assert client.put_first(second)["queue"]["position"] == 1
    assert client.job(first)["queue"]["position"] == 2
