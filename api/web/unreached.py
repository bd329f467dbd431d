"""Explains a job with few or no samples in its band: how close it came, what kept images out, and which band to try."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from inverset.api.web import bands
from inverset.contract.errors import NotFound
from inverset.contract.outcome import UNREACHABLE
from inverset.contract.question import Band, Target, TargetJson, names
from inverset.jobs import store
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Job

_REASONS = {  # by how the constraint's name ends
    " at least": "the activation was too low",
    " at most": "the activation was too high",
    "code norm": "the code lay outside the range of natural images",
    "cycle error": "the image did not look natural",
}


def unreached(session: Session, job: Job) -> dict[str, Any] | None:
    """The explanation on the page of an ended job; None: there is nothing to explain.

    ``ranges``: the job's with the nearest bands that natural images reach, None where these are no others.
    """
    outcome = job.outcome or {}
    empty = not job.accepted and bool(outcome.get("best"))
    if job.state not in ENDED or job.accepted >= job.n or not (empty or outcome.get("reason") == UNREACHABLE):
        return None
    return {
        "closest": _closest(job, outcome.get("best") or {}),
        "blocked": list(_blocked(outcome.get("blocked_by") or {}, len(job.targets))),
        "ranges": _nearest(session, job),
    }


def so_far(job: Job) -> list[dict[str, str]]:
    """How close a running job without samples has come, by neuron; empty: there is nothing to say."""
    return [] if job.state in ENDED or job.accepted else _closest(job, job.closest or {})


def _closest(job: Job, activations: Mapping[str, float | None]) -> list[dict[str, str]]:
    """The activation nearest to each band, as text, beside the band."""
    return [
        {"neuron": each.neuron, "value": bands.short(best), "low": bands.short(each.band.low), "high": bands.short(each.band.high)}
        for each in job.targets
        if not each.band.is_open and (best := activations.get(each.neuron)) is not None
    ]  # fmt: skip


def _blocked(shares: Mapping[str, float], neurons: int) -> Iterator[str]:
    """The constraints that kept images out, the most frequent first."""
    for name, share in sorted(shares.items(), key=lambda each: -each[1]):
        if share > 0:
            end, words = next(
                ((end, words) for end, words in _REASONS.items() if name.endswith(end)), ("", name)
            )
            neuron = f" for {name.removesuffix(end)}" if neurons > 1 and end.startswith(" ") else ""
            yield f"{words}{neuron} in {share:.0%}"


def _nearest(session: Session, job: Job) -> list[TargetJson] | None:
    try:
        offered = store.offered(session, job.model, names(job.targets))
    except NotFound:  # the model is gone: nothing can be asked of it
        return None
    near = tuple(_near(offered, each) for each in job.targets)
    return [each.to_json() for each in near] if near != job.targets else None


def _near(offered: Catalogue, target: Target) -> Target:
    measured, band = offered["neurons"].get(target.neuron), target.band.pair
    nearest = bands.nearest(measured["quantiles"], band) if measured and band else None
    return Target(target.neuron, Band(*nearest)) if nearest else target
