"""The state of the service in one line, with an estimate of the time that a gallery takes."""

from sqlalchemy.orm import Session

from inverset.api.web import words
from inverset.jobs import history, load, store, switches
from inverset.jobs.queue_forecast import QueueForecast
from inverset.jobs.switches import DRAINING, PAUSED

SAMPLES = 100  # that the time is given for


def sentence(session: Session, line: QueueForecast) -> str:
    """A line such as ``1 GPU free; 100 images take about 3 min.`` in plain words."""
    on = {each.name for each in switches.turned_on(session)}
    if DRAINING in on:
        return "The service accepts no new galleries at the moment."
    if PAUSED in on:
        return "The service is paused: a new gallery waits until an admin resumes it."
    if not line.workers:
        return "No worker is running: a new gallery waits until one starts."
    return f"{_devices(line, len(load.held(session, line.at)))}{_time(session, line)}."


def _devices(line: QueueForecast, busy: int) -> str:
    free, every = len(line.workers) - busy, len(line.workers)
    kind = "CPU" if all(worker.device.startswith("cpu") for worker in line.workers) else "GPU"
    named = f"{kind}{'' if every == 1 else 's'}"
    if free > 0 and not line.waiting:
        return f"{free} {named} free" if free == every else f"{free} of {every} {named} free"
    waiting = f"{line.waiting} {'job waits' if line.waiting == 1 else 'jobs wait'}" if line.waiting else ""
    return ", ".join(filter(None, [f"{every} {named} busy", waiting]))


def _time(session: Session, line: QueueForecast) -> str:
    """The time that a gallery of the first model takes for which it is known; empty: it is known for none."""
    names = store.model_names(session)
    for name in names:
        if seconds := _seconds(session, line, name):
            of = f" of {name}" if len(names) > 1 else ""
            return f"; {SAMPLES} images{of} take about {words.duration(seconds)}"
    return ""


def _seconds(session: Session, line: QueueForecast, model: str) -> float | None:
    """By the speed of the workers that run; before they have sampled anything, by the last jobs."""
    if speed := line.speeds.get(model):
        return SAMPLES / speed
    each = history.seconds_a_sample(session, model)
    return None if each is None else SAMPLES * each
