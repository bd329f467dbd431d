"""Explains a job with few or no samples in its band: how close it came, what kept images out, and which band to try."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inverset.api.web import bands
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import NotFound
from inverset.contract.outcome import UNREACHABLE
from inverset.contract.question import Band, Target, names
from inverset.jobs import store
from inverset.jobs.lifecycle import ENDED
from inverset.jobs.tables import Job

_REASONS = {  # by how the constraint's name ends
    " at least": "the activation was too low",
    " at most": "the activation was too high",
    "code norm": "the image was outside the range of natural images",
    "cycle error": "the image did not look natural",
}


@dataclass(frozen=True)
class Closest:
    """The activation that came nearest to a neuron's band, beside the band, as text."""

    neuron: str
    value: str
    low: str
    high: str


@dataclass(frozen=True)
class Unreached:
    """Why a job has few or no samples."""

    closest: Sequence[Closest]
    blocked: Sequence[str]  # what kept images out
    nearest: Sequence[Target] | None  # the nearest bands that natural images reach; None: there are no others


def unreached(session: Session, job: Job) -> Unreached | None:
    """The explanation on the page of an ended job; None: there is nothing to explain."""
    outcome = job.ended
    if outcome is None or job.state not in ENDED or job.accepted >= job.n:
        return None
    if outcome.reason != UNREACHABLE and (job.accepted or not outcome.best):
        return None
    blocked = list(_blocked(outcome.blocked_by, len(job.targets)))
    return Unreached(_closest(job, outcome.best), blocked, _nearest(session, job))


def so_far(job: Job) -> list[Closest]:
    """How close a running job without samples has come, by neuron; empty: there is nothing to say."""
    return [] if job.state in ENDED or job.accepted else _closest(job, job.closest or {})


def _closest(job: Job, activations: Mapping[str, float | None]) -> list[Closest]:
    """The activation nearest to each band, as text, beside the band."""
    return [
        Closest(each.neuron, bands.short(best), bands.short(each.band.low), bands.short(each.band.high))
        for each in job.targets
        if not each.band.is_open and (best := activations.get(each.neuron)) is not None
    ]


def _blocked(shares: Mapping[str, float], neurons: int) -> Iterator[str]:
    """The constraints that kept images out, the most frequent first."""
    for name, share in sorted(shares.items(), key=lambda each: -each[1]):
        if share > 0:
            end, words = next(
                ((end, words) for end, words in _REASONS.items() if name.endswith(end)), ("", name)
            )
            neuron = f" for {name.removesuffix(end)}" if neurons > 1 and end.startswith(" ") else ""
            yield f"{words}{neuron} ({share:.0%})"


def _nearest(session: Session, job: Job) -> tuple[Target, ...] | None:
    try:
        offered = store.offered(session, job.model, names(job.targets))
    except NotFound:  # the model is gone: nothing can be asked of it
        return None
    near = tuple(_near(offered, each) for each in job.targets)
    return near if near != job.targets else None


def _near(offered: Catalogue, target: Target) -> Target:
    measured, band = offered.neurons.get(target.neuron), target.band.pair
    nearest = bands.nearest(measured.quantiles, band) if measured and band else None
    return Target(target.neuron, Band(*nearest)) if nearest else target
