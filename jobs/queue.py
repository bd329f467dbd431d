"""The doorbell: messages that wake idle workers. A lost, doubled or late message does no harm; the row is the job."""

import logging
import threading
from typing import Any

from celery import Celery
from kombu import Exchange, Queue
from kombu.common import Broadcast

from inverset.config.settings import Settings
from inverset.jobs import retention, upkeep

log = logging.getLogger(__name__)
TICK, REAP, RETAIN = "inverset.tick", "inverset.reap", "inverset.retain"
BELLS = Exchange(
    "inverset.bells", type="fanout"
)  # every worker hears it: the idle ones look, the others know anyway
UPKEEP = Queue("inverset.upkeep")  # any one worker takes it
LATE = 30  # seconds after which a message need not be heard


def make_celery(settings: Settings, worker: str | None = None) -> Celery:
    """A Celery app with the settings of all processes: the API and beat, which ring, and a worker, which listens."""
    app = Celery("inverset", broker=settings.redis_url, set_as_current=False)
    app.conf.update(_conf(), task_queues=[UPKEEP, *_ears(worker)], beat_schedule=_schedule())
    return app


def ring(app: Celery) -> None:
    """Wake all workers. Raises what Celery and Redis raise."""
    bells: dict[str, Any] = {
        "exchange": BELLS,
        "exchange_type": BELLS.type,
        "declare": [BELLS],
        "routing_key": "look",
    }
    app.send_task(TICK, expires=LATE, retry=False, **bells)


class RedisDoorbell:
    """Rings in a thread of its own, so that announcing neither waits for Redis nor fails with it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._requested, self._ended = threading.Event(), threading.Event()
        self._broken = False
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def announce(self) -> None:
        """Tell the workers that there is work. Several announcements may become one."""
        self._requested.set()

    def close(self) -> None:
        self._ended.set()
        self._requested.set()

    def _run(self) -> None:
        app = make_celery(self._settings)
        while self._requested.wait() and not self._ended.is_set():
            self._requested.clear()
            self._ring(app)
        app.close()

    def _ring(self, app: Celery) -> None:
        try:
            ring(app)
        except Exception as error:  # noqa: BLE001 - whatever it is, workers look by themselves
            if not self._broken:
                log.warning("Redis cannot be reached, so workers look for work by themselves: %s", error)
            self._broken = True
        else:
            self._broken = False


def _ears(worker: str | None) -> list[Queue]:
    """A worker's own queue of messages; its name is fixed, so that restarts leave no queues behind."""
    return (
        []
        if worker is None
        else [Broadcast(exchange=BELLS, queue=f"{BELLS.name}.{worker}", routing_key="look")]
    )


def _schedule() -> dict[str, Any]:
    """The messages of beat; late ones expire, so that none pile up during a pause."""
    every = {REAP: upkeep.SECONDS, RETAIN: retention.SECONDS}
    return {
        name: {"task": name, "schedule": seconds, "options": {"queue": UPKEEP, "expires": min(seconds, LATE)}}
        for name, seconds in every.items()
    }


def _conf() -> dict[str, Any]:
    return {
        # A message is done with when it is heard. Were it acknowledged after the work, Redis would deliver it
        # again after `visibility_timeout`, to a second worker, while the first is still at it.
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,  # would ring for ever for a part that kills its worker
        # Results are not read: the database has them. Kept, they would fill Redis.
        "result_backend": None,
        "task_ignore_result": True,
        # CUDA does not survive a fork, so no prefork. A thread cannot be killed: work ends by the stop event.
        "worker_pool": "threads",
        "worker_concurrency": 1,
        # What a worker has fetched, no other can take: fetch only what starts at once. The multiplier alone keeps
        # one message waiting behind a running task.
        "worker_disable_prefetch": True,
        "worker_prefetch_multiplier": 1,
        # Redis may come and go; hours of work must not.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default gives up after a hundred
        "broker_transport_options": {
            "visibility_timeout": 3600,
            "socket_connect_timeout": 3,  # a frozen Redis must not hold a worker's end up
            "socket_timeout": 10,
            "socket_keepalive": True,
            "max_retries": 1,  # of a process that rings: by default it would wait for a Redis that is gone, for ever
            "interval_start": 0.2,
            "health_check_interval": 25,
        },
        # Commands through Redis would let anyone who reaches it end workers, and `inspect ping` says nothing
        # about work; health is the heartbeat in the database.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_detect_quorum_queues": False,  # RabbitMQ's
        # Strings and numbers only: what comes from Redis must not become code.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": UPKEEP.name,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
        "timezone": "UTC",
    }
