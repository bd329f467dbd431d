"""One worker process on one device, from its start to its end."""

import logging
import os
import secrets
import signal
import socket
import threading
import time

from inverset.jobs import logs
from inverset.jobs.settings import Settings
from inverset.worker import maintenance, metrics
from inverset.worker.control import WorkerControl
from inverset.worker.device import DeviceLost
from inverset.worker.runner import Runner
from inverset.worker.services import Services

log = logging.getLogger(__name__)
DEVICE_LOST = 75  # the exit code; sysexits.h calls it a failure that will pass


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT: called by messages where there is a Redis, and looking by ourselves in any case."""
    logs.set_up(settings)
    control = WorkerControl()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: control.end())
    if settings.parent is not None:
        threading.Thread(target=outlive_not, args=(settings.parent,), daemon=True).start()
    services = Services.of(settings)
    runner = Runner(services.sessions, services.blobs, settings, settings.worker or unique_name())
    metrics.serve(settings)
    maintenance.start(services, control.stop)
    if settings.redis_url is None:
        work(runner, control)
    else:
        from inverset.worker.app import attend  # noqa: PLC0415 - the embedded worker needs no Celery

        attend(runner, control, work)


def work(runner: Runner, control: WorkerControl) -> None:
    """The loop; where the device is lost, the end of the process: with it, even tidying up could hang."""
    try:
        runner.run(control)
    except DeviceLost as lost:
        log.critical("%s; this process ends, for its supervisor to start another", lost)
        logging.shutdown()
        os._exit(DEVICE_LOST)


def unique_name() -> str:
    """A name that no other worker bears."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def outlive_not(parent: int) -> None:
    """End when the parent process is gone, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
