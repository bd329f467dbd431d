"""Health check of a worker, by its heartbeat in the database, which only a working worker keeps fresh."""

from sqlalchemy.exc import SQLAlchemyError

from inverset.config.settings import Settings
from inverset.contract.errors import first_line
from inverset.jobs import store
from inverset.jobs.database import connect


def worker_is_well(settings: Settings) -> str | None:
    """Why the worker named in the settings is not healthy; None: it is."""
    if settings.worker is None:
        return "name the worker: --name, or INVERSET_WORKER"
    sessions = connect(settings.database)
    try:
        with sessions.begin() as session:
            alive = {worker.id for worker in store.workers(session, settings.lease_seconds)}
    except SQLAlchemyError as error:
        return f"the database does not answer: {first_line(error)}"
    finally:
        sessions.kw["bind"].dispose()
    if settings.worker in alive:
        return None
    return f"the worker {settings.worker} has had no heartbeat for {settings.lease_seconds:g} s"
