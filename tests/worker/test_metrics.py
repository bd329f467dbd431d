"""A worker shows what it counted."""

import socket

import httpx
import pytest

from inverset.config.settings import Settings
from inverset.worker import metrics


@pytest.fixture
def port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_on_a_port_of_its_own(port, caplog):
    settings = Settings(metrics_port=port)
    metrics.serve(settings)
    list(metrics.timed(iter([1, 2]), "toy"))
    metrics.errors.labels("ZeroDivisionError").inc()
    metrics.samples.inc(3)
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'inverset_worker_step_seconds_count{model="toy"} 2.0' in text
    assert 'inverset_worker_errors_total{kind="ZeroDivisionError"} 1.0' in text
    assert "inverset_worker_samples_total" in text
    metrics.serve(settings)  # taken: it works on
    assert f"no metrics on port {port}" in caplog.text


def test_nowhere_by_default():
    assert Settings().metrics_port is None
    metrics.serve(Settings())
