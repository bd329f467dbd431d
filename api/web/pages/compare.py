"""Two to six galleries side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from inverset.api import comparing, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.sample_schemas import SampleAnswer
from inverset.api.web.rendering import page
from inverset.contract.comparison import ComparedItem, Comparison
from inverset.contract.errors import Complaint, InvalidSpec, NotFound
from inverset.contract.question import Target
from inverset.gallery import comparison_page
from inverset.gallery.evidence_view import FIRST, number
from inverset.jobs import samples, store
from inverset.jobs.access import Caller
from inverset.jobs.filters import Filter

router = APIRouter()
Commas = Annotated[str, Query(max_length=1000)]
Marked = Annotated[tuple[str, ...], Query(max_length=60)]
PICTURES, DOTS, OFFERED = 24, 240, 24


@dataclass(frozen=True)
class Picture:
    """A sample, and the activation of its job's first neuron."""

    sample: SampleAnswer
    activation: float


@dataclass(frozen=True)
class Axis:
    """The activations of a job's first neuron, drawn on an axis of 0 to 100."""

    neuron: str
    ends: tuple[float, float]  # activations
    dots: Sequence[float]
    shade: Sequence[float] | None  # the ends of the band; None: any activation will do


@dataclass(frozen=True)
class Side:
    """A job of the comparison, by rising activation of its first neuron."""

    item: ComparedItem
    axis: Axis
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Cell:
    """A job's value of a metric, as text and as a bar of 0 to 100 on the scale of its row; beside it nature's."""

    text: str
    bar: float | None
    natural: str | float | None
    mark: float | None


@dataclass(frozen=True)
class Row:
    """A metric, with a cell for each job."""

    name: str
    meaning: str
    cells: Sequence[Cell]


@router.get("/compare")
def get_comparison(
    request: Request, services: InServices, caller: AsCaller, jobs: Commas = "", job: Marked = ()
) -> Response:
    """The comparison of the jobs in a link (``jobs=a,b``) or a form (``job=a&job=b``); jobs to choose from if they cannot be compared."""
    ids = list(dict.fromkeys(filter(None, [*jobs.split(","), *job])))
    if not ids:
        return _choice(request, services, caller, ids)
    try:
        comparing.check(ids)
        with services.reading() as session:
            comparison = comparing.compare(session, caller, ids)
            sides = _sides(session, comparison.items)
    except InvalidSpec as error:
        return _choice(request, services, caller, ids, error.errors)
    except NotFound as error:
        return _choice(request, services, caller, ids, [Complaint(loc=[], msg=str(error))])
    return page(
        request,
        "compare",
        sides=sides,
        differ=comparison_page.differences(comparison),
        rows=list(_rows(comparison)),
        first=FIRST,
        complaints=[],
        offered=[],
        marked=[],
    )


def _choice(
    request: Request,
    services: Services,
    caller: Caller,
    ids: Sequence[str],
    complaints: Sequence[Complaint] = (),
) -> Response:
    with services.reading() as session:
        rows, _ = store.jobs(session, Filter(seen_by=caller), None, OFFERED)
        offered = [views.describe(job) for job in rows if job.accepted]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if complaints else HTTPStatus.OK
    return page(
        request,
        "compare",
        status,
        sides=[],
        differ="",
        rows=[],
        first=FIRST,
        complaints=complaints,
        offered=offered,
        marked=ids,
    )


def _sides(session: Session, items: Sequence[ComparedItem]) -> list[Side]:
    values = [[each.activation for each in samples.rising(session, item.name, DOTS)] for item in items]
    plots = axes([item.targets[0] for item in items], values)
    return [Side(item, plot, _pictures(session, item)) for item, plot in zip(items, plots, strict=True)]


def _pictures(session: Session, item: ComparedItem) -> list[Picture]:
    few = samples.rising(session, item.name, PICTURES)
    return [Picture(views.describe_sample(each), each.activation) for each in few]


def axes(targets: Sequence[Target], values: Sequence[Sequence[float]]) -> list[Axis]:
    """An axis for each target and its samples' activations: those of one neuron have the same ends, to be comparable."""
    ends: dict[str, list[float]] = {}
    for target, activations in zip(targets, values, strict=True):
        ends.setdefault(target.neuron, []).extend([*activations, *(target.band.pair or ())])
    return [
        _axis(target, activations, ends[target.neuron] or [0.0, 1.0])
        for target, activations in zip(targets, values, strict=True)
    ]


def _axis(target: Target, values: Sequence[float], ends: Sequence[float]) -> Axis:
    low, high = min(ends), max(ends)
    width = max(high - low, 1e-9)

    def placed(several: Sequence[float]) -> list[float]:
        return [round(100 * (each - low) / width, 2) for each in several]

    shade = None if target.band.pair is None else placed(target.band.pair)
    return Axis(target.neuron, (low, high), placed(values), shade)


def _rows(comparison: Comparison) -> Iterator[Row]:
    """A row per metric."""
    for row in comparison.metrics:
        known = [value for value in (*row.samples, *row.natural) if value is not None]
        most = max(map(abs, known), default=0) or 1
        cells = [
            Cell(number(ours), _bar(ours, most), natural and number(natural), _bar(natural, most))
            for ours, natural in zip(row.samples, row.natural, strict=True)
        ]
        yield Row(row.name, row.meaning, cells)


def _bar(value: float | None, most: float) -> float | None:
    return None if value is None else round(100 * max(0.0, value) / most, 2)
