"""One worker process on one device, from start to end."""

import logging
import os
import secrets
import signal
import socket
import threading
import time

from inverset.config import logs
from inverset.config.settings import Settings
from inverset.worker import device, maintenance, metrics
from inverset.worker.control import WorkerControl
from inverset.worker.device import DeviceLost
from inverset.worker.runner import Runner
from inverset.worker.services import Services

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, woken by messages if there is a Redis, and polling in any case."""
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
    """Run the loop; if the device is lost, end the process at once, because even cleaning up could hang."""
    try:
        runner.run(control)
    except DeviceLost as lost:
        log.critical("%s; this process ends so that its supervisor starts another", lost)
        logging.shutdown()
        os._exit(device.LOST)


def unique_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def outlive_not(parent: int) -> None:
    """End this process when its parent is gone, however that ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
