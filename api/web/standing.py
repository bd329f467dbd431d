"""What a user wants to know of a job at a glance: the word of its verdict once it has ended, else how far it is."""

from typing import NamedTuple

from inverset.api.schemas import JobAnswer, QueueEntry, QueuePlace
from inverset.api.web import words
from inverset.jobs.lifecycle import ACTIVE, Status


class Standing(NamedTuple):
    """A word, with its kind for its colour."""

    word: str
    kind: str


def of(job: JobAnswer) -> Standing:
    """The outcome of a job in a word or two."""
    if job.state in ACTIVE:
        return Standing("running" if job.state == Status.RUNNING else "waiting", "")
    if job.state == Status.FAILED:
        return Standing("failed", "failed")
    if job.state == Status.CANCELED:
        return Standing("stopped early" if job.progress.accepted else "stopped", "careful")
    if not job.progress.accepted:
        return Standing("no images", "careful")
    return Standing(job.trust or "not measured", words.kind(job.trust or ""))


def sentence(job: JobAnswer) -> str:
    """How far a job is that has not ended: ``29 of 300, about 3 min left``."""
    progress = job.progress
    if job.state == Status.QUEUED:
        return waiting(job.queue, progress.accepted, progress.n) if job.queue else ""
    if not job.cancel_requested and progress.accepted >= progress.n:
        return f"{progress.accepted:,} of {progress.n:,}, measuring"
    return running(progress.accepted, progress.n, progress.eta_seconds, stopping=job.cancel_requested)


def running(accepted: int, n: int, seconds: float | None, *, stopping: bool) -> str:
    """How far a job is that a worker computes, and the ``seconds`` still to go: ``29 of 300, about 3 min left``."""
    done = f"{accepted:,} of {n:,}"
    if stopping:
        return f"{done}, stopping"
    return done if seconds is None else f"{done}, about {words.duration(seconds)} left"


def waiting(place: QueuePlace | QueueEntry, accepted: int, n: int) -> str:
    """What a queued job waits for: ``waiting for its turn (70 of 100), continues in about 40 s``."""
    start = words.start(place)
    if accepted:
        return f"waiting for its turn ({accepted:,} of {n:,}), {start.replace('starts', 'continues', 1)}"
    return f"0 of {n:,}, {start}"
