"""The clock for maintenance. It needs no torch: it runs in the API's image."""

import tempfile
import time
from pathlib import Path
from typing import Any

import celery.beat
from celery import signals

from inverset.config import logs
from inverset.config.settings import Settings
from inverset.jobs import upkeep
from inverset.jobs.queue import make_celery

SIGN = Path(tempfile.gettempdir()) / "inverset-beat"  # its time is that of the last message that Redis took
SILENCE = 3 * upkeep.SECONDS


class Scheduler(celery.beat.Scheduler):
    """A schedule in memory: each start begins to count anew, and no file is kept."""

    def apply_async(self, *arguments: Any, **options: Any) -> Any:
        sent = super().apply_async(*arguments, **options)
        SIGN.touch()
        return sent


def run(settings: Settings) -> None:
    """Send messages until SIGTERM or SIGINT."""
    logs.set_up(settings)
    signals.setup_logging.connect(_leave_logging_alone)
    make_celery(settings).Beat(scheduler_cls="inverset.worker.beat:Scheduler", quiet=True).run()


def is_well() -> str | None:
    """The reason why this machine's beat is not running; None: it is."""
    if not SIGN.exists():
        return "beat has sent nothing yet"
    silent = time.time() - SIGN.stat().st_mtime
    return None if silent < SILENCE else f"beat could send nothing for {silent:.0f} s"


def _leave_logging_alone(**_: Any) -> None:
    """Keep our logging: Celery sets up its own unless this signal has a receiver."""
