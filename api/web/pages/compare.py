"""Two to six galleries side by side."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from inverset.api import comparing
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.web.rendering import page
from inverset.contract.comparison import ComparedItem, Comparison
from inverset.contract.errors import Complaint, InvalidSpec, NotFound
from inverset.gallery.evidence_view import number
from inverset.jobs import samples, store, views
from inverset.jobs.access import Caller
from inverset.jobs.store import Filter

router = APIRouter()
Commas = Annotated[str, Query(max_length=1000)]
Marked = Annotated[tuple[str, ...], Query(max_length=60)]
PICTURES, DOTS, OFFERED = 24, 240, 24


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
            sides = [_side(session, item) for item in comparison.items]
    except InvalidSpec as error:
        return _choice(request, services, caller, ids, error.errors)
    except NotFound as error:
        return _choice(request, services, caller, ids, [Complaint(loc=[], msg=str(error))])
    _scale(sides)
    return page(
        request,
        "compare",
        sides=sides,
        differ=comparison.differ,
        rows=list(_rows(comparison)),
        complaints=[],
        offered=[],
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
        offered = [{**views.describe(job), "marked": job.id in ids} for job in rows if job.accepted]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if complaints else HTTPStatus.OK
    return page(
        request, "compare", status, sides=[], differ=[], rows=[], complaints=complaints, offered=offered
    )


def _side(session: Session, item: ComparedItem) -> dict[str, Any]:
    """One job of the comparison: images and dots by rising activation of its first neuron."""
    rising, first = samples.rising(session, item.name, DOTS), item.targets[0]
    few = samples.rising(session, item.name, PICTURES)
    return {
        **item.to_json(),
        "neuron": first.neuron,
        "band": first.band.pair,
        "values": [sample.activation for sample in rising],
        "samples": [{**views.describe_sample(each), "activation": each.activation} for each in few],
    }


def _scale(sides: Sequence[dict[str, Any]]) -> None:
    """Give each side its axis: sides of one neuron share theirs, so that their dots are comparable."""
    for side in sides:
        alike = [other for other in sides if other["neuron"] == side["neuron"]]
        ends = [end for other in alike for end in (*other["values"], *(other["band"] or ()))] or [0.0, 1.0]
        low, high = min(ends), max(ends)
        width = max(high - low, 1e-9)
        side["axis"] = low, high
        side["dots"] = [round(100 * (value - low) / width, 2) for value in side["values"]]
        side["shade"] = side["band"] and [round(100 * (end - low) / width, 2) for end in side["band"]]


def _rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """A row per metric: the values as texts, and as bars from 0 to 100 on the scale of the row."""
    for row in comparison.metrics:
        known = [value for value in (*row.samples, *row.natural) if value is not None]
        most = max(map(abs, known), default=0) or 1
        cells = [
            {
                "text": number(ours),
                "bar": _bar(ours, most),
                "natural": natural and number(natural),
                "mark": _bar(natural, most),
            }
            for ours, natural in zip(row.samples, row.natural, strict=True)
        ]
        yield {"name": row.name, "meaning": row.meaning, "cells": cells}


def _bar(value: float | None, most: float) -> float | None:
    return None if value is None else round(100 * max(0.0, value) / most, 2)
