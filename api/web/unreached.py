"""A job that found no image in its band, or few: how close it came, what kept images out, and which band to try."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from inverset.api.web import bands
from inverset.contract.outcome import UNREACHABLE
from inverset.jobs import store
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import ENDED, NotFound
from inverset.jobs.tables import Job

_REASONS = {  # by how the constraint's name ends
    " at least": "the activation was too low",
    " at most": "the activation was too high",
    "code norm": "the code lay outside the range of natural images",
    "cycle error": "the image did not look natural",
}


def unreached(session: Session, job: Job) -> dict[str, Any] | None:
    """What the page of an ended job says of a band that it did not reach; None: there is nothing to say.

    ``ranges``: the job's with the nearest bands that natural images reach, None where these are no others.
    """
    outcome = job.outcome or {}
    empty = not job.accepted and bool(outcome.get("best"))
    if job.state not in ENDED or job.accepted >= job.n or not (empty or outcome.get("reason") == UNREACHABLE):
        return None
    return {
        "closest": _closest(job, outcome.get("best") or {}),
        "blocked": list(_blocked(outcome.get("blocked_by") or {}, job.ranges)),
        "ranges": _nearest(session, job),
    }


def so_far(job: Job) -> list[dict[str, str]]:
    """How close a job came that runs and has no sample yet, neuron by neuron; empty: there is nothing to say."""
    return [] if job.state in ENDED or job.accepted else _closest(job, job.closest or {})


def _closest(job: Job, found: Mapping[str, float | None]) -> list[dict[str, str]]:
    """The activation nearest to each band as pages write it, beside the band."""
    return [
        {"neuron": each["neuron"], "value": bands.short(best), "low": bands.short(low), "high": bands.short(high)}
        for each in job.ranges
        if each["range"] and (best := found.get(each["neuron"])) is not None
        for low, high in [each["range"]]
    ]  # fmt: skip


def _blocked(shares: Mapping[str, float], ranges: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What kept images out, the most frequent first."""
    for name, share in sorted(shares.items(), key=lambda each: -each[1]):
        if share > 0:
            end, words = next(
                ((end, words) for end, words in _REASONS.items() if name.endswith(end)), ("", name)
            )
            neuron = f" for {name.removesuffix(end)}" if len(ranges) > 1 and end.startswith(" ") else ""
            yield f"{words}{neuron} in {share:.0%}"


def _nearest(session: Session, job: Job) -> list[dict[str, Any]] | None:
    try:
        offered = store.offered(session, job.model, [each["neuron"] for each in job.ranges])
    except NotFound:  # the model is gone: nothing can be asked of it
        return None
    near = [_near(offered, each) for each in job.ranges]
    return near if near != job.ranges else None


def _near(offered: Catalogue, wanted: Mapping[str, Any]) -> dict[str, Any]:
    measured, band = offered["neurons"].get(wanted["neuron"]), wanted["range"]
    found = bands.nearest(measured["quantiles"], band) if measured and band else None
    return {**wanted, "range": [*found]} if found else dict(wanted)
