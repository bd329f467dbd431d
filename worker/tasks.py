"""What Celery calls: a few lines each."""

from celery import Celery

from jobs import upkeep
from jobs.database import writing
from jobs.queue import REAP, RETAIN, TICK
from worker import maintenance
from worker.control import WorkerControl
from worker.services import Services


def install(app: Celery, services: Services, control: WorkerControl) -> None:
    """Give a worker's app its tasks."""

    @app.task(name=TICK)
    def tick() -> None:
        control.look()

    @app.task(name=REAP)
    def reap() -> None:
        with writing(services.sessions) as session:
            upkeep.reap(session, services.settings)

    @app.task(name=RETAIN)
    def retain() -> None:
        maintenance.retain_now(services)
