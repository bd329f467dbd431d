"""The state of the service in one line, with an estimate of the time that a gallery takes."""

from collections.abc import Collection

from inverset.api.web import words
from inverset.jobs.queue_forecast import QueueForecast
from inverset.jobs.switches import DRAINING, PAUSED

SAMPLES = 100  # that the time is given for


def sentence(line: QueueForecast, busy: int, on: Collection[str], models: Collection[str]) -> str:
    """A line such as ``1 GPU free; 100 images take about 3 min.`` in plain words.

    Args:
        line: the queue.
        busy: the number of workers that compute something.
        on: the switches that are on.
        models: the names of the offered models.
    """
    if DRAINING in on:
        return "The service takes no new jobs at the moment."
    if PAUSED in on:
        return "The service is paused: a new gallery waits until an admin resumes it."
    if not line.workers:
        return "No worker is running: a new gallery waits until one starts."
    return f"{_devices(line, busy)}{_times(line, models)}."


def _devices(line: QueueForecast, busy: int) -> str:
    free, every = len(line.workers) - busy, len(line.workers)
    kind = "CPU" if all(worker.device.startswith("cpu") for worker in line.workers) else "GPU"
    named = f"{kind}{'' if every == 1 else 's'}"
    if free > 0 and not line.waiting:
        return f"{free} {named} free" if free == every else f"{free} of {every} {named} free"
    waiting = f"{line.waiting} {'job waits' if line.waiting == 1 else 'jobs wait'}" if line.waiting else ""
    return ", ".join(filter(None, [f"{every} {named} busy", waiting]))


def _times(line: QueueForecast, models: Collection[str]) -> str:
    """The time that a gallery takes, by the measured speed on the first model that has one; empty: none has."""
    speeds = line.speeds
    timed = next((name for name in sorted(models) if speeds.get(name)), None)
    if timed is None:
        return ""
    of = f" of {timed}" if len(models) > 1 else ""
    return f"; {SAMPLES} images{of} take about {words.duration(SAMPLES / speeds[timed])}"
