"""``python -m worker``: one worker, as the environment says; SIGTERM and Ctrl-C end it within seconds."""

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time

from jobs.settings import Settings
from worker.desk import Desk
from worker.runner import Runner


def main() -> None:
    """Run until told to stop."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    settings, stop = Settings(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if settings.parent is not None:
        threading.Thread(target=outlive_not, args=(settings.parent, stop), daemon=True).start()
    desk = Desk.of(settings)
    Runner(desk.sessions, desk.blobs, settings, settings.worker or unique_name()).run(stop)


def unique_name() -> str:
    """A name that no other worker bears."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def outlive_not(parent: int, stop: threading.Event) -> None:
    """Stop when the parent process is gone, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    stop.set()


if __name__ == "__main__":
    main()
