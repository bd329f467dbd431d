"""How fast a worker says it is."""

import pytest

from inverset.worker.throughput import MEMORY, Throughput


def test_what_was_not_measured_is_zero():
    pace = Throughput()
    pace.offer("scenes")
    assert pace.speeds() == {"scenes": 0.0}


def test_samples_over_seconds():
    pace = Throughput()
    pace.count("scenes", 10, 2.0)
    pace.count("scenes", 20, 4.0)
    pace.count("other", 1, 4.0)
    assert pace.speeds() == {"scenes": pytest.approx(5.0), "other": 0.25}


def test_what_was_long_ago_is_forgotten():
    pace = Throughput()
    pace.count("scenes", 1000, MEMORY)
    for _ in range(60):
        pace.count("scenes", 10, MEMORY / 10)
    assert pace.speeds()["scenes"] == pytest.approx(10 / (MEMORY / 10), rel=0.05)
