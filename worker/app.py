"""The Celery app of a worker. Messages wake the computing loop, which has a thread of its own.

Were the work itself a task, a worker on a long part would hear nothing: neither the upkeep that beat asks for,
nor that Redis is back. So the pool's one thread only ever runs tasks of a moment.
"""

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from celery import Celery, signals
from celery.concurrency.thread import TaskPool
from celery.exceptions import ImproperlyConfigured

from inverset.jobs.queue import make_celery
from inverset.worker import tasks
from inverset.worker.control import WorkerControl
from inverset.worker.runner import Runner

log = logging.getLogger(__name__)
# Seconds to save and give back at the end; a worker that takes longer is killed, and loses what is not saved.
END_SECONDS = 8
BROKEN = 1  # the exit code


def attend(runner: Runner, control: WorkerControl, work: Callable[[Runner, WorkerControl], None]) -> None:
    """Receive messages in this thread and compute in another one, until SIGTERM or SIGINT.

    Raises:
        ImproperlyConfigured: the pool forks.
    """
    app = make_celery(runner.services.settings, runner.worker_id)
    tasks.install(app, runner.services, control)
    loop = threading.Thread(target=_work, args=(runner, control, work), name="work", daemon=True)
    loop.start()
    listen(app, runner.worker_id, control)
    control.end()
    loop.join(END_SECONDS)
    if loop.is_alive():  # in the networks, where no order is heard: its lease runs out
        log.warning("the current work takes too long to stop; it is interrupted")
        logging.shutdown()
        os._exit(0)


def listen(app: Celery, name: str, control: WorkerControl) -> None:
    """Receive messages until SIGTERM or SIGINT, which also stop the loop. Raises ImproperlyConfigured as ``attend`` does."""

    def end(**_: Any) -> None:
        control.end()

    signals.setup_logging.connect(_leave_logging_alone)
    for talkative in ("celery.worker.strategy", "celery.app.trace"):  # two lines for each message
        logging.getLogger(talkative).setLevel(logging.WARNING)
    signals.worker_shutting_down.connect(end)  # at once; `worker_shutdown` comes when all is over
    # Neither gossip nor mingle nor Celery's own heartbeats: workers need not know of each other.
    # Quiet: its banner is no line of our log.
    worker: Any = app.Worker(
        hostname=name, without_gossip=True, without_mingle=True, without_heartbeat=True, quiet=True
    )
    refuse_forks(worker.pool_cls)
    worker.start()


def refuse_forks(pool: type) -> None:
    """Raises ImproperlyConfigured for any pool but threads."""
    if not issubclass(pool, TaskPool):
        raise ImproperlyConfigured(
            f"the pool is {pool.__module__}; CUDA does not survive a fork, and work is stopped by an event in this "
            "process: worker_pool must be threads"
        )


def _work(runner: Runner, control: WorkerControl, work: Callable[[Runner, WorkerControl], None]) -> None:
    """Run the loop, and end the process if it stops early: a worker that only receives messages is of no use."""
    try:
        work(runner, control)
    except BaseException:
        log.exception("the worker cannot continue")
        logging.shutdown()
        os._exit(BROKEN)


def _leave_logging_alone(**_: Any) -> None:
    """Keep our logging: Celery sets up its own unless this signal has a receiver."""
