"""A job's progress, or how it ended, in one sentence: words for people, not the states of the queue."""

from typing import NamedTuple

from inverset.api.schemas import JobAnswer
from inverset.api.web import words
from inverset.jobs.lifecycle import Status


class Summary(NamedTuple):
    """A word and a sentence on it."""

    word: str
    sentence: str


def summary(job: JobAnswer) -> Summary | None:
    """What happens with a job, or why it has fewer images than requested; None: it has them all."""
    of = f"{job.progress.accepted:,} of {job.progress.n:,} images"
    if job.state == Status.QUEUED:
        return _waiting(job, of)
    if job.state == Status.RUNNING:
        return _sampling(job, of)
    return None if job.progress.accepted >= job.progress.n else _ended(job, of)


def _ended(job: JobAnswer, of: str) -> Summary:
    """How a job ended that has fewer images than requested."""
    if job.state == Status.FAILED:
        return Summary("Failed", f"{of} were made before the error.")
    if job.state == Status.CANCELED:
        return Summary("Stopped early", f"{of} were made. They are kept.")
    if not job.progress.accepted:
        return Summary("No images", _reason(job))
    return Summary("Stopped early", f"{of}. {_reason(job)}")


def _waiting(job: JobAnswer, of: str) -> Summary:
    about = "about " if job.queue and job.queue.about else ""
    place = f"Place {about}{job.queue.position} in the queue, {words.start(job.queue)}." if job.queue else ""
    return (
        Summary("Waiting for its turn", f"{of} are made. {place}")
        if job.progress.accepted
        else Summary("Waiting", place)
    )


def _sampling(job: JobAnswer, of: str) -> Summary:
    if job.cancel_requested:
        return Summary("Stopping", "The worker is finishing its current step.")
    left = job.progress.eta_seconds
    return Summary("Sampling", of + ("." if left is None else f", about {words.duration(left)} left."))


def _reason(job: JobAnswer) -> str:
    reasons = {
        "budget spent": f"The limit of this gallery was reached after {words.duration(job.progress.seconds)}.",
        "unreachable": "Attempts to reach the band kept failing.",
    }
    return reasons.get(job.outcome.reason if job.outcome else "", "")
