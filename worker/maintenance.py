"""The background threads of a worker: send webhooks, and delete what is past its retention."""

import logging
import threading
from collections.abc import Callable
from threading import Event

from sqlalchemy.exc import SQLAlchemyError

from inverset.jobs import retention, upkeep
from inverset.jobs.database import writing
from inverset.worker.services import Services
from inverset.worker.webhook_sender import deliver_due

log = logging.getLogger(__name__)
DELIVER_SECONDS = 2
Errand = Callable[[], object]


def start(services: Services, stop: Event) -> None:
    """Start the threads, which run until ``stop`` is set. Every worker looks for messages, with or without Redis; one takes each.

    Where there is a beat, its messages start the retention.
    """
    _again_and_again(
        "messages", DELIVER_SECONDS, lambda: deliver_due(services.sessions, services.settings), stop
    )
    if services.settings.redis_url is None:
        _again_and_again("silent workers", upkeep.SECONDS, lambda: _reap(services), stop)
        _again_and_again("retention", retention.SECONDS, lambda: _retain(services), stop)


def retain_now(services: Services) -> None:
    """Run the retention once, in a thread of its own, because it may take long."""
    threading.Thread(
        target=_run, args=("retention", lambda: _retain(services)), name="retention", daemon=True
    ).start()


def _reap(services: Services) -> None:
    with writing(services.sessions) as session:
        upkeep.reap(session, services.settings, grace=services.database.grace)


def _retain(services: Services) -> None:
    retention.retain(services.sessions, services.blobs, services.settings)


def _again_and_again(name: str, seconds: float, errand: Errand, stop: Event) -> None:
    def go_on() -> None:
        while not stop.wait(seconds):
            _run(name, errand)

    threading.Thread(target=go_on, name=name, daemon=True).start()


def _run(name: str, errand: Errand) -> None:
    """Run a task and log every exception, because the next run may succeed."""
    try:
        errand()
    except (OSError, SQLAlchemyError) as error:
        log.warning("%s: %s", name, error)
    except Exception:
        log.exception("%s", name)
