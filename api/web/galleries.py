"""The galleries of a list: grouped by their neurons, and a sweep is one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inverset.api import views
from inverset.api.deps import Services
from inverset.api.sample_schemas import SampleAnswer
from inverset.api.schemas import JobAnswer
from inverset.api.web import standing
from inverset.api.web.standing import Standing
from inverset.contract import titles
from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.question import Target, names
from inverset.gallery import histogram
from inverset.gallery.sheets import evenly
from inverset.jobs import measured, samples, store, sweeps
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter
from inverset.jobs.lifecycle import ACTIVE
from inverset.jobs.tables import Job

PICTURES, OF_A_ROW, ROWS = 8, 6, 6  # of a gallery; of a row of a sweep; rows of a sweep
Statistics = Mapping[str, NeuronStatistics]  # by neuron
Subject = tuple[str, tuple[str, ...]]  # a model and its neurons


@dataclass(frozen=True)
class GalleryCard:
    """A job as lists of galleries show it."""

    job: JobAnswer
    neurons: str  # short: ``volcano``
    band: str  # ``95th to 99th percentile``
    samples: Sequence[SampleAnswer]  # some, by rising activation
    standing: Standing
    progress: str  # in a sentence; empty: it has ended
    may_change: bool

    @property
    def live(self) -> bool:
        """Whether the job has not ended."""
        return self.job.state in ACTIVE


@dataclass(frozen=True)
class SweepCard:
    """A sweep as lists of galleries show it: some of its jobs, the lowest band first."""

    id: str
    title: str
    rows: Sequence[GalleryCard]
    jobs: int  # all of them
    ended: int
    images: int
    created: str
    owner: str


@dataclass(frozen=True)
class Group:
    """The cards of one neuron, or of several together, the newest first."""

    model: str
    neurons: Sequence[str]  # canonical; empty: a sweep over neurons
    title: str
    cards: Sequence[GalleryCard | SweepCard]


class GalleryList:
    """Makes cards of jobs for a caller."""

    def __init__(self, services: Services, session: Session, caller: Caller) -> None:
        self._services, self._session, self._caller = services, session, caller

    def page(self, which: Filter, after: str | None, limit: int) -> tuple[list[Group], str | None]:
        """A page of galleries in groups, newest first, and the cursor of the next page (None: this is the last)."""
        rows, following = store.jobs(self._session, which._replace(once_a_sweep=True), after, limit)
        cards = self.cards(rows)
        groups: dict[Subject, list[GalleryCard | SweepCard]] = {}
        for job, card in zip(rows, cards, strict=True):
            groups.setdefault(_subject(job, card), []).append(card)
        return [_group(subject, its) for subject, its in groups.items()], following

    def card(self, job: Job, statistics: Statistics, pictures: int = PICTURES) -> GalleryCard:
        """The card of a job; ``statistics``: of its neurons, as far as they were measured."""
        answer = views.describe(job, self._services.queue.place(self._session, job))
        shown = samples.rising(self._session, job.id, pictures) if pictures and job.accepted else []
        return GalleryCard(
            answer,
            _neurons(job),
            bands(job, statistics),
            list(map(views.describe_sample, shown)),
            standing.of(answer),
            standing.sentence(answer) if job.state in ACTIVE else "",
            self._caller.admin or self._caller.name == job.owner,
        )

    def cards(self, rows: Sequence[Job]) -> list[GalleryCard | SweepCard]:
        """The card of each job, or of the sweep that it belongs to."""
        members = {job.sweep: self._members(job.sweep) for job in rows if job.sweep is not None}
        statistics = _statistics(self._session, [*rows, *(job for jobs in members.values() for job in jobs)])
        return [
            self.card(job, statistics[job.model])
            if job.sweep is None
            else self._sweep(job.sweep, members[job.sweep], statistics[job.model])
            for job in rows
        ]

    def _members(self, sweep_id: str) -> Sequence[Job]:
        return sweeps.jobs(self._session, sweep_id, self._caller)

    def _sweep(self, sweep_id: str, jobs: Sequence[Job], statistics: Statistics) -> SweepCard:
        sweep = sweeps.sweep(self._session, sweep_id)
        totals = sweeps.SweepTotals.of((job.state, job.accepted, job.n) for job in jobs)
        what = "bands" if sweep.asked.over_bands else "neurons"
        return SweepCard(
            sweep_id,
            f"{len(jobs)} {what}",
            [self.card(job, statistics, OF_A_ROW) for job in evenly(jobs, ROWS)],
            len(jobs),
            totals.ended,
            totals.accepted,
            views.moment(sweep.created_at),
            sweep.owner,
        )


def titles_of(session: Session, jobs: Iterable[Job]) -> Mapping[str, str]:
    """For each job its name, or its neurons and bands: ``volcano, 95th to 99th percentile``; by id."""
    listed = list(jobs)
    statistics = _statistics(session, listed)
    return {job.id: job.name or f"{_neurons(job)}, {bands(job, statistics[job.model])}" for job in listed}


def bands(job: Job, statistics: Statistics) -> str:
    """The bands of a job in words: ``95th to 99th percentile``, or activations where nothing was measured."""
    asked = [each.get("range") for each in job.spec.get("neurons") or ()]  # type: ignore[union-attr]
    return " and ".join(
        _band(target, unit, statistics.get(target.neuron))
        for target, unit in zip(job.targets, asked, strict=False)
    )


def _band(target: Target, asked: object, known: NeuronStatistics | None) -> str:
    if target.band.is_open:
        return "as high as possible"
    if isinstance(asked, Mapping) and asked.get("quantiles"):
        return titles.between(asked["quantiles"])
    if known is None:
        return f"activation {target.band}"
    points = histogram.rising(known.quantiles)
    low, high = (histogram.below(points, end) for end in (target.band.low, target.band.high))
    if low >= 1:
        return "above every natural image"
    return "below every natural image" if high <= 0 else titles.between((low, high))


def _statistics(session: Session, jobs: Iterable[Job]) -> Mapping[str, Statistics]:
    """The statistics of the jobs' neurons, by model."""
    by_model: dict[str, list[str]] = {}
    for job in jobs:
        by_model.setdefault(job.model, []).extend(names(job.targets))
    return {model: measured.of(session, model, neurons) for model, neurons in by_model.items()}


def _neurons(job: Job) -> str:
    return " and ".join(titles.short(each.neuron) for each in job.targets)


def _subject(job: Job, card: GalleryCard | SweepCard) -> Subject:
    """What a card is about; of a sweep over neurons none of these."""
    if isinstance(card, SweepCard) and len({each.neurons for each in card.rows}) > 1:
        return job.model, ()
    return job.model, tuple(names(job.targets))


def _group(subject: Subject, cards: Sequence[GalleryCard | SweepCard]) -> Group:
    model, neurons = subject
    return Group(model, neurons, " and ".join(map(titles.short, neurons)) or "Several neurons", cards)
