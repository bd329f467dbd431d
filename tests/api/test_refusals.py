"""Bad input: each with a clear answer, and nothing created."""

import gzip
import json
import uuid

import httpx
import pytest

from inverset.jobs import database, store
from tests.jobs.catalogue_of_scenes import CATALOGUE, body


def neuron(name="fc8:volcano", band=(1, 2)):
    return {"neuron": name, "range": list(band) if isinstance(band, tuple) else band}


TWICE = [neuron(), neuron("fc8:0", (3, 4))]
CASES = {
    "unknown model": (body(model="tog"), "unknown-model", ["model"], "toy"),
    "unknown layer": (
        body(neurons=[neuron("fc9:volcano")]),
        "unknown-neuron",
        ["neurons", 0, "neuron"],
        "fc8",
    ),
    "unknown unit": (body(neurons=[neuron("fc8:3")]), "unknown-neuron", ["neurons", 0, "neuron"], "0 to 2"),
    "unknown label": (
        body(neurons=[neuron("fc8:volcan")]),
        "unknown-neuron",
        ["neurons", 0, "neuron"],
        "volcano",
    ),
    "no neuron at all": (
        body(neurons=[neuron("what?")]),
        "unknown-neuron",
        ["neurons", 0, "neuron"],
        "layer:unit",
    ),
    "reversed": (
        body(neurons=[neuron(band=(2, 1))]),
        "invalid-request",
        ["neurons", 0, "range"],
        "reversed",
    ),
    "empty": (body(neurons=[neuron(band=(1, 1))]), "invalid-request", ["neurons", 0, "range"], "empty"),
    "bad quantiles": (
        body(neurons=[neuron(band={"quantiles": [0.5, 1.5]})]),
        "invalid-request",
        ["neurons", 0, "range", "quantiles", 1],
        "must be at most 1",
    ),
    "disjoint": (body(neurons=TWICE), "invalid-range", ["neurons", 1], "do not overlap"),
    "n of 0": (body(n=0), "invalid-request", ["n"], "must be at least 1"),
    "k of 0": (body(k=0), "invalid-request", ["k"], "must be at least 1"),
    "n too large": (body(n=10**9), "invalid-request", ["n"], "100000"),
    "k too large": (body(k=257), "invalid-request", ["k"], "256"),
    "too many neurons": (body(neurons=[neuron()] * 9), "invalid-request", ["neurons"], "8"),
    "no neurons": (body(neurons=[]), "invalid-request", ["neurons"], "at least 1"),
    "unknown field": (body(colour="red"), "invalid-request", ["colour"], "not a field here"),
    "unknown method": (body(method="magic"), "invalid-option", ["method"], "calibrated"),
    "unknown option": (body(options={"speed": 1}), "invalid-option", ["options", "speed"], "margin"),
    "a number for a name": (body(model=3), "invalid-request", ["model"], "text"),
    "NUL": (body(model="to\0y"), None, None, ""),
}


def problem(answer: httpx.Response, status: int) -> dict:
    """The problem details of an answer, which has them as they should be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    data = answer.json()
    assert set(data) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert (data["status"], data["request_id"]) == (status, answer.headers["x-request-id"])
    assert data["type"].startswith("urn:inverset:problem:")
    assert data["detail"]
    return data


@pytest.fixture(autouse=True)
def _nothing_is_created(client):
    yield
    assert client.get("/v1/jobs").json()["items"] == []


def test_specs_that_make_no_sense(client):
    for name, (request, kind, place, hint) in CASES.items():
        answer = problem(client.post("/v1/jobs", json=request), 422)
        assert hint in answer["detail"], name
        if kind is not None:
            assert answer["type"] == f"urn:inverset:problem:{kind}", name
            assert [error["loc"] for error in answer["errors"]] == [place], name


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_ranges_that_are_not_finite(client, number):
    request = json.dumps(body(neurons=[neuron(band=(1, "NUMBER"))])).replace('"NUMBER"', number)
    answer = client.post("/v1/jobs", content=request, headers={"Content-Type": "application/json"})
    assert problem(answer, 422)["errors"][0]["loc"][:3] == ["neurons", 0, "range"]


def test_several_mistakes_are_told_at_once(client):
    answer = problem(client.post("/v1/jobs", json=body(n=0, k=0, colour="red")), 422)
    assert sorted(error["loc"][0] for error in answer["errors"]) == ["colour", "k", "n"]


@pytest.mark.parametrize(
    "text", [b'{"model": ', b"\xff\xfe", b"volcano", b"[" * 10_000, b'{"n": ' + b"9" * 5000 + b"}"]
)
def test_a_body_that_is_not_json(client, text):
    answer = client.post("/v1/jobs", content=text, headers={"Content-Type": "application/json"})
    problem(answer, 400)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("pieces", [1, 5])
def test_a_body_in_another_encoding_than_utf_8(client, encoding, pieces):
    whole = json.dumps(body()).encode(encoding)
    content = whole if pieces == 1 else iter([whole[:1], whole[1:2], whole[2:3], whole[3:4], whole[4:]])
    answer = client.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert "not UTF-8" in problem(answer, 400)["detail"]


@pytest.mark.parametrize("odd", [{"\ud800": 1}, {"options": {"\ud800": 1}}, {"model": "\ud800"}])
def test_a_body_with_half_a_surrogate_pair(client, odd):
    answer = client.post(
        "/v1/jobs", content=json.dumps(body(**odd)), headers={"Content-Type": "application/json"}
    )
    assert problem(answer, 422)["errors"]


def test_a_body_that_is_not_announced_as_json(client):
    answer = problem(
        client.post("/v1/jobs", content=json.dumps(body()), headers={"Content-Type": "text/plain"}), 415
    )
    assert "Content-Type: application/json" in answer["detail"]


@pytest.mark.parametrize("asked", [None, [], "toy", 3])
def test_a_body_that_is_no_job(client, asked):
    problem(client.post("/v1/jobs", json=asked), 422)


def test_a_body_that_is_missing(client):
    problem(client.post("/v1/jobs"), 422)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/job_none/cancel"])
def test_a_body_that_is_too_large(client, path):
    request = json.dumps(body(options={"x": "x" * 20_000})).encode()
    kinds = {"Content-Type": "application/json"}
    for content in (
        request,
        iter([request[:10_000], request[10_000:]]),
    ):  # announced, and only found while it comes
        if path == "/v1/jobs" or isinstance(content, bytes):
            assert "20000 bytes" in problem(client.post(path, content=content, headers=kinds), 413)["detail"]


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
def test_a_key_that_is_none(client, key):
    problem(client.post("/v1/jobs", json=body(), headers={"Idempotency-Key": key}), 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/jobs", 405),
        ("POST", "/v1/models", 405),
        ("POST", "/v1/jobs/job_none/cancel", 404),
        ("POST", "/v1/jobs/job_none/retry", 404),
        ("DELETE", "/v1/jobs/job_none", 404),
        ("GET", "/v1/jobs/%00", 422),
        ("GET", "/v1/jobs?limit=0", 422),
        ("GET", "/v1/jobs?limit=1001", 422),
        ("GET", "/v1/jobs?state=lost", 422),
        ("GET", "/v1/jobs/job_none/samples/99999999999999999999.png", 422),
        ("GET", "/v1/models/toy/neurons?cursor=-1", 422),
    ],
)
def test_what_does_not_exist_or_fit(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code < 500
    problem(answer, status or answer.status_code)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/sweeps", "/v1/jobs/job_x/samples", "/jobs"])
@pytest.mark.parametrize(
    "cursor", ["garbage", "job_", "job_" + "u" * 26, "zzzz", "sweep_1", "-", "%F0%9F%90%88"]
)
def test_a_cursor_that_is_none(client, path, cursor):
    status = 404 if "job_x" in path else 422
    answer = problem(client.get(f"{path}?cursor={cursor}"), status)
    assert status == 404 or "is not a cursor of this list" in answer["detail"]


def test_a_cursor_of_a_job_that_is_gone_is_one_still(client):
    assert client.get(f"/v1/jobs?cursor=job_{'0' * 26}").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "path", ["/v1/jobs/%00", "/v1/jobs?owner=%00", "/jobs?model=a%00b", "/v1/models/a%00"]
)
def test_a_nul_in_the_url(client, path, caplog):
    assert "NUL" in problem(client.get(path), 422)["detail"]
    assert not any(record.levelname == "ERROR" for record in caplog.records)


def test_a_nul_in_a_body_is_no_error_of_ours(client, caplog):
    problem(client.post("/v1/jobs", json=body(model="to\0y")), 422)
    assert not any(record.levelname == "ERROR" for record in caplog.records)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"{}"), "compressed"),
        (b'{"model": "\xff"}', "not UTF-8"),
        (b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
        (b'{"n": ' + b"9" * 5000 + b"}", "too many digits"),
    ],
    ids=["compressed", "latin-1", "nested", "digits"],
)
def test_a_body_that_cannot_be_decoded_says_why(client, content, reason):
    answer = client.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert reason in problem(answer, 400)["detail"]


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/sweeps"])
def test_several_keys_are_none(client, path):
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert "several" in problem(client.post(path, json=body(), headers=headers), 400)["detail"]


def test_a_method_that_is_not_allowed_says_which_is(client):
    assert client.put("/healthz").headers["allow"] == "GET, HEAD"


def test_a_request_keeps_its_own_id(client):
    mine = client.get("/v1/jobs/job_none", headers={"X-Request-ID": "my-id-1"})
    assert problem(mine, 404)["request_id"] == "my-id-1"
    made = client.get("/healthz", headers={"X-Request-ID": "my id <1>"}).headers["x-request-id"]
    assert uuid.UUID(made)


def test_a_label_beyond_the_last_unit_is_refused(client, sessions):
    """Six names on five units, as an older worker may still offer them."""
    labels = ["background", "cat", "dog", "bird", "fish", "frog"]
    layer = {"name": "fc", "kind": "vector", "units": 5, "labels": labels}
    with database.writing(sessions) as session:
        store.publish_model(session, {**CATALOGUE, "name": "long", "sha256": "b" * 64, "layers": [layer]})
    answer = client.post("/v1/jobs", json=body(model="long", neurons=[neuron("fc:frog")]))
    assert answer.status_code == 422, answer.text
    assert "fc has no unit 'frog'" in answer.text
