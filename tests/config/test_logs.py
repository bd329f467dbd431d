"""Lines that people or machines can read, and that hold no secrets."""

import json
import logging
import sys

import pytest

from inverset.config import logs


@pytest.fixture(params=[True, False], ids=["json", "text"])
def as_json(request):
    return request.param


def line(message, *arguments, as_json=True, error=None, **extra):
    """What a library's or our own record becomes."""
    record = logging.getLogger("uvicorn.error").makeRecord(
        "uvicorn.error", logging.WARNING, "f.py", 1, message, arguments, error, extra=extra
    )
    return logs.formatter(as_json=as_json).format(record)


def test_one_json_object_with_what_is_at_hand():
    with logs.bound(job="job_1", part=0, attempt=2, worker="w", request_id=None):
        entry = json.loads(line("%s of %s", 1, 2))
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "1 of 2", "level": "warning", "logger": "uvicorn.error",
        "job": "job_1", "part": 0, "attempt": 2, "worker": "w",
    }  # fmt: skip
    assert "job" not in json.loads(line("later"))


def test_a_line_to_read():
    with logs.bound(job="job_1"):
        text = line("one\nline", as_json=False, status=200)
    assert text[4] == "-"
    assert text.endswith("Z WARNING uvicorn.error: one\\nline job=job_1 status=200")


def test_a_trace_is_kept(as_json):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        text = line("it broke", as_json=as_json, error=sys.exc_info())
    if as_json:
        assert "ZeroDivisionError: division by zero" in json.loads(text)["exception"]
    else:
        assert text.splitlines()[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        ("key inv_abcd1234_Ab-9_secretsecret: no", "secretsecret"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw used", "MfKQ9r8G"),
        ("{'authorization': 'Bearer abc.def-ghijk'}", "def-ghijk"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNz"),
        ("postgresql://inverset:hunter2@db/inverset is gone", "hunter2"),
        ("redis://:hunter2@redis:6379", "hunter2"),
        ("GET /x?X-Amz-Credential=AK7&X-Amz-Signature=5ec3e7 404", "5ec3e7"),
    ],
)
def test_no_secret_is_written(as_json, message, secret):
    assert secret not in line(message, as_json=as_json)
    assert secret not in line("%s", message, as_json=as_json)
    with logs.bound(told=message):
        assert secret not in line("here", as_json=as_json)
    error = (ValueError, ValueError(message), None)
    assert secret not in line("it broke", as_json=as_json, error=error)


def test_what_is_no_secret_stays():
    answer = "the basic one of http://db:5432/a?b=c@d for the bearer of job_01kb4v3k9d7p2m0q6x8r5t1wyz"
    assert json.loads(line(answer))["event"] == answer
