"""The clock for maintenance. It needs no torch: it runs in the API's image."""

from typing import Any

import celery.beat
from celery import signals

from inverset.config import liveness, logs
from inverset.config.settings import Settings
from inverset.jobs import upkeep
from inverset.jobs.queue import make_celery

NAME = "beat"
SILENCE = 3 * upkeep.SECONDS  # without a message that Redis took, after which beat counts as failed


class Scheduler(celery.beat.Scheduler):
    """A schedule in memory: each start begins to count anew, and no file is kept."""

    def apply_async(self, *arguments: Any, **options: Any) -> Any:
        sent = super().apply_async(*arguments, **options)
        liveness.renew(NAME, SILENCE)
        return sent


def run(settings: Settings) -> None:
    """Send messages until SIGTERM or SIGINT."""
    logs.set_up(settings)
    signals.setup_logging.connect(_leave_logging_alone)
    make_celery(settings).Beat(scheduler_cls="inverset.worker.beat:Scheduler", quiet=True).run()


def is_well() -> str | None:
    """The reason why this machine's beat is not running; None: it is."""
    return liveness.failure(NAME)


def _leave_logging_alone(**_: Any) -> None:
    """Keep our logging: Celery sets up its own unless this signal has a receiver."""
