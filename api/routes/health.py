"""Liveness and readiness of the process."""

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from inverset.api.auth import Shown, is_trusted
from inverset.api.deps import InServices, Services
from inverset.api.routes.models import listed
from inverset.api.schemas import REFUSALS, ReadyAnswer
from inverset.api.store_probe import StoreProbe
from inverset.jobs import store, switches
from inverset.jobs.switches import DRAINING, PAUSED
from inverset.jobs.tables import Table

router = APIRouter(tags=["health"])


@router.get("/healthz")
def get_health() -> dict[str, str]:
    """Whether the process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses=REFUSALS)
def get_readiness(request: Request, services: InServices, shown: Shown) -> ReadyAnswer:
    """Whether the service can accept jobs: the database answers and has its tables. Workers may come later, and files wait for their store.

    Only users see which models are broken, and why: that names models, paths and what is installed.
    """
    if problem := _what_is_wrong(services):
        raise HTTPException(503, problem)
    with services.reading() as session:
        workers = store.workers(session, services.settings.lease_seconds)
        on = {each.name for each in switches.turned_on(session)}
        broken = store.broken_models(session, services.settings.lease_seconds)
    store_probe: StoreProbe = request.app.state.store_probe
    return ReadyAnswer(
        status="ok",
        workers=len(workers),
        files="ok" if store_probe.is_up() else "away",
        paused=PAUSED in on,
        draining=DRAINING in on,
        broken_models=len(broken),
        broken=listed(broken) if is_trusted(services, shown) else None,
    )


def _what_is_wrong(services: Services) -> str | None:
    try:
        with services.reading() as session:
            there = inspect(session.connection()).get_table_names()
    except SQLAlchemyError:
        return "the database does not answer"
    missing = sorted(Table.metadata.tables.keys() - set(there))
    if missing:
        return f"the database has no table {', '.join(missing)}; run `inverset db upgrade`"
    return None
