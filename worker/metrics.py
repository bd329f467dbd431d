"""The Prometheus metrics of a worker process."""

import logging
import time
from collections.abc import Iterator
from typing import TypeVar

from prometheus_client import Counter, Histogram, start_http_server

from inverset.config.settings import Settings

log = logging.getLogger(__name__)
Each = TypeVar("Each")
_SHORT = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

# As prometheus-client has it, they belong to the process.
slices = Counter("inverset_worker_slices", "Parts started.")
samples = Counter("inverset_worker_samples", "Samples delivered.")
errors = Counter("inverset_worker_errors", "Errors of jobs, by kind.", ["kind"])
uploads = Histogram("inverset_worker_upload_seconds", "Writing the files of one save.", buckets=_SHORT)
steps = Histogram("inverset_worker_step_seconds", "One step of a method.", ["model"], buckets=_SHORT)


def serve(settings: Settings) -> None:
    """Serve the metrics in a thread, if a port is set. A port in use does not stop the worker."""
    if settings.metrics_port is None:
        return
    try:
        start_http_server(settings.metrics_port, settings.metrics_host)
    except OSError as error:
        log.warning("no metrics on port %s: %s", settings.metrics_port, error)


def timed(each_step: Iterator[Each], model: str) -> Iterator[Each]:
    """The items of an iterator, with the time for each one counted."""
    watch = steps.labels(model)
    while True:
        begun = time.monotonic()
        try:
            step = next(each_step)
        except StopIteration:
            return
        watch.observe(time.monotonic() - begun)
        yield step
