"""Pages of a job's samples: the first, one in the middle and the last, whatever lies between."""

import statistics
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import NamedTuple

from sqlalchemy import select

from benchmarks import asking, rows, servers
from inverset.jobs.database import Sessions
from inverset.jobs.samples import Order, Selection, page
from inverset.jobs.tables import Sample

PLACES = {"first": 0.0, "middle": 0.5, "last": 0.999}  # of all samples
_TIMES = 15


class Listing(NamedTuple):
    """Milliseconds of pages of 100 at each of PLACES."""

    order: Order
    samples: int
    median: Sequence[float]


def measure(kind: str, few: int, many: int) -> list[Listing]:
    """Both orders at both sizes."""
    with servers.databases(kind, 1) as urls, servers.connected(urls[0]) as sessions:
        jobs = {n: rows.job(sessions, n) for n in (few, many)}
        with servers.front(urls[0], "file:///nowhere") as front, asking.connected(front.url) as connection:
            return [
                Listing(
                    order, n, [_milliseconds(connection, path) for path in _paths(sessions, job, n, order)]
                )
                for order in ("index", "activation")
                for n, job in jobs.items()
            ]


def _paths(sessions: Sessions, job: str, n: int, order: Order) -> list[str]:
    base = f"/v1/jobs/{job}/samples?order={order}"
    cursors = [_cursor(sessions, job, int(n * share), order) for share in PLACES.values()]
    return [base if cursor is None else f"{base}&cursor={cursor}" for cursor in cursors]


def _cursor(sessions: Sessions, job: str, place: int, order: Order) -> str | None:
    """Of the page that begins at a place; found by counting, which is what pages must not do."""
    if place == 0:
        return None
    if order == "index":
        return str(place - 1)
    with sessions.begin() as session:
        rising = select(Sample.activation).where(Sample.job_id == job).order_by(Sample.activation)
        value = session.scalars(rising.offset(place - 1).limit(1)).one()
        return page(session, job, Selection(low=value, order=order, limit=1))[1]


def _milliseconds(connection: HTTPConnection, path: str) -> float:
    def once() -> float:
        began = time.perf_counter()
        asking.get(connection, path)
        return 1000 * (time.perf_counter() - began)

    once()
    return statistics.median(once() for _ in range(_TIMES))
