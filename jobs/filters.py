"""Filters for lists of jobs, in SQL."""

from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from inverset.jobs import labels
from inverset.jobs.access import LOCAL, Caller, visible
from inverset.jobs.lifecycle import ENDED, RETRIED, Status
from inverset.jobs.tables import UNENDED, Job, SearchText

Trust = Literal["good", "careful", "do not trust"]  # words of the verdict
Whose = Literal["mine", "team"]


class Filter(NamedTuple):
    """A filter for jobs; None: all."""

    state: Status | None = None
    owner: str | None = None
    model: str | None = None
    sweep: str | None = None
    seen_by: Caller = LOCAL
    ended: bool | None = None
    may_retry: bool | None = None  # True: those that failed or were canceled
    neuron: str | None = None  # canonical name
    trust: Trust | None = None
    tag: str | None = None
    text: str | None = None  # words that all occur in name, notes, tags, neurons, model or owner
    starred: bool | None = None
    whose: Whose | None = None  # of ``seen_by``: their own, or those that others show to them
    preview: bool | None = False
    once_a_sweep: bool = False  # of each sweep only its newest job that passes the filter


ALL = Filter()


def conditions(which: Filter, job: type[Job] = Job) -> list[ColumnElement[bool]]:
    """The conditions of a filter on a table of jobs."""
    equal = {
        job.state: which.state,
        job.owner: which.owner,
        job.model: which.model,
        job.sweep: which.sweep,
        job.trust: which.trust,
        job.starred: which.starred,
        job.preview: which.preview,
    }
    found = [column == value for column, value in equal.items() if value is not None]
    if which.may_retry:
        found.append(job.state.in_(RETRIED))
    found += [
        visible(which.seen_by, job),
        *_of_ending(which, job),
        *_of_owner(which, job),
        *_of_text(which, job),
    ]
    if which.once_a_sweep:
        found.append(or_(job.sweep.is_(None), ~_newer_in_sweep(which, job)))
    return found


def _of_ending(which: Filter, job: type[Job]) -> list[ColumnElement[bool]]:
    if which.ended is None:
        return []
    # The active ones are named as their index names them, so that it is used.
    return [job.state.in_(ENDED) if which.ended else UNENDED if job is Job else job.state.not_in(ENDED)]


def _of_owner(which: Filter, job: type[Job]) -> list[ColumnElement[bool]]:
    if which.whose is None:
        return []
    mine = job.owner == which.seen_by.name
    return [mine if which.whose == "mine" else ~mine]


def _of_text(which: Filter, job: type[Job]) -> list[ColumnElement[bool]]:
    lines = labels.lines_with(which.neuron, which.tag)
    words = [word.casefold() for word in (which.text or "").split()]
    if not lines and not words:
        return []
    found = [SearchText.text.contains(each, autoescape=True) for each in [*lines, *words]]
    return [job.id.in_(select(SearchText.job_id).where(*found))]


def _newer_in_sweep(which: Filter, job: type[Job]) -> ColumnElement[bool]:
    """Whether a newer job of the same sweep passes the filter."""
    newer = aliased(Job)
    found = conditions(which._replace(once_a_sweep=False), newer)
    return select(newer.id).where(newer.sweep == job.sweep, newer.id > job.id, *found).exists()
