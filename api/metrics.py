"""Metrics of the service in Prometheus's format."""

import threading
import time
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from inverset.api.deps import Services
from inverset.jobs.service_metrics import Figures, figures
from inverset.jobs.switches import DRAINING, PAUSED

KEPT_SECONDS = 2.0  # for which the same figures are given, however many ask


class Metrics:
    """Prometheus metrics, counted at most once every KEPT_SECONDS."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._text, self._fresh_until = b"", 0.0

    def text(self) -> bytes:
        """The metrics page. Raises whatever the database raises."""
        with self._lock:
            if time.monotonic() >= self._fresh_until:
                self._text = self._count()
                self._fresh_until = time.monotonic() + KEPT_SECONDS
            return self._text

    def _count(self) -> bytes:
        with self._services.reading() as session:
            counted = figures(session, self._services.settings.lease_seconds)
        registry = CollectorRegistry()
        registry.register(_FiguresCollector(counted))
        return generate_latest(registry)


class _FiguresCollector(Collector):
    def __init__(self, counted: Figures) -> None:
        self._figures = counted

    def collect(self) -> Iterator[Metric]:
        counted, states = self._figures, self._figures.by_state
        yield _by("jobs", "Jobs by state.", "state", {state: sums.jobs for state, sums in states.items()})
        yield _one(
            "samples", "Samples of all jobs that are kept.", sum(sums.samples for sums in states.values())
        )
        yield _one(
            "stored_bytes",
            "Bytes of images, codes and features.",
            sum(s.stored_bytes for s in states.values()),
        )
        yield _one(
            "given_up_codes", "Codes that never became samples.", sum(s.given_up for s in states.values())
        )
        yield _one("running_parts", "Parts that workers hold.", counted.running_parts)
        yield _one(
            "oldest_wait_seconds",
            "Seconds that the longest waiting job has been queued.",
            counted.oldest_wait,
        )
        yield _one("workers", "Workers with a recent heartbeat.", counted.workers)
        yield _one(
            "webhooks_waiting", "Messages waiting to be sent, or sent again.", counted.messages_waiting
        )
        yield _one("webhooks_given_up", "Messages that could not be delivered.", counted.messages_given_up)
        for name in (PAUSED, DRAINING):
            yield _one(name, f"1 while an admin has the service {name}.", name in counted.switched_on)
        seconds = CounterMetricFamily("inverset_gpu_seconds", "Device time by user.", labels=["user"])
        for user, value in counted.gpu_seconds.items():
            seconds.add_metric([user], value)
        yield seconds


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"inverset_{name}", about, value=float(value))


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"inverset_{name}", about, labels=[label])
    for which, value in values.items():
        family.add_metric([str(which)], float(value))
    return family
