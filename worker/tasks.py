"""The Celery tasks, a few lines each."""

from celery import Celery

from inverset.jobs import upkeep
from inverset.jobs.database import writing
from inverset.jobs.queue import REAP, RETAIN, TICK
from inverset.worker import maintenance
from inverset.worker.control import WorkerControl
from inverset.worker.services import Services


def install(app: Celery, services: Services, control: WorkerControl) -> None:
    """Register the tasks with a worker's app."""

    @app.task(name=TICK)
    def tick() -> None:
        control.look()

    @app.task(name=REAP)
    def reap() -> None:
        with writing(services.sessions) as session:
            upkeep.reap(session, services.settings, grace=services.database.grace)

    @app.task(name=RETAIN)
    def retain() -> None:
        maintenance.retain_now(services)
