"""Pages and suggestions of a model of whose neurons many were measured, beside the queue's page."""

import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks import asking, servers
from benchmarks.asking import Times
from inverset.jobs import database, store

QUEUE = "/queue"
LAYERS = 10
PATHS = {
    "suggestion": "/v1/models/large/neurons?limit=12&search=layer7:1",
    "suggestion, one letter": "/v1/models/large/neurons?limit=12&search=9",
    "new job": "/new?model=large&neuron=layer9:1",
    "neuron": "/models/large/neurons/layer9:1",
    "model": "/models/large",
    "models": "/models",
    "queue": QUEUE,
}
_QUANTILES = ("0", "0.001", "0.01", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99", "0.999", "1")


class Measured(NamedTuple):
    """Milliseconds of one path."""

    what: str
    first: float  # of the first request for it to a server that has just started
    times: Times
    ratio: float  # of its median to the queue's


def measure(kind: str, neurons: int, rounds: int) -> list[Measured]:
    """All paths in turn, so that a busy machine slows all alike."""
    with servers.databases(kind, 1) as urls, TemporaryDirectory() as folder:
        with servers.connected(urls[0]) as sessions, database.writing(sessions) as session:
            store.publish_model(session, catalogue(neurons))
        with (
            servers.front(urls[0], Path(folder).as_uri()) as front,
            asking.connected(front.url) as connection,
        ):
            asking.get(connection, "/healthz")
            first = {what: _milliseconds(connection, path) for what, path in PATHS.items()}
            result: dict[str, list[float]] = {what: [] for what in PATHS}
            for _ in range(rounds):
                for what, path in PATHS.items():
                    result[what].append(_milliseconds(connection, path))
    times = {what: Times.of([each / 1000 for each in taken]) for what, taken in result.items()}
    return [
        Measured(what, first[what], each, each.median / times["queue"].median) for what, each in times.items()
    ]


def catalogue(neurons: int) -> Mapping[str, Any]:
    """A model with so many measured neurons, in LAYERS layers."""
    units = -(-neurons // LAYERS)
    quantiles = {share: 12.345678901 * (at - 3) for at, share in enumerate(_QUANTILES)}
    measured = {"mean": 1.2345678, "sd": 2.3456789, "quantiles": quantiles}
    layers = [{"name": f"layer{n}", "kind": "vector", "units": units, "labels": []} for n in range(LAYERS)]
    names = [f"{layer['name']}:{unit}" for layer in layers for unit in range(units)]
    method = {"summary": "", "default_k": 8, "needs_band": True, "options": {}}
    return {
        "name": "large",
        "sha256": "0" * 64,
        "description": "Made for a measurement.",
        "image": [64, 64],
        "code": 8,
        "layers": layers,
        "neurons": dict.fromkeys(names[:neurons], measured),
        "methods": {"conditional": method},
    }


def _milliseconds(connection: HTTPConnection, path: str) -> float:
    began = time.perf_counter()
    asking.get(connection, path)
    return 1000 * (time.perf_counter() - began)
