"""Liveness files: a process renews its own while it works, and a health check looks at its age.

Standard library only, as health checks run every few seconds, also on a machine that is busy.
"""

import logging
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

log = logging.getLogger(__name__)


def of_worker(name: str) -> str:
    """The process that a worker of this name is."""
    return f"worker-{name}"


def renew(process: str, seconds: float) -> None:
    """Record that a process works, for so many seconds. Where the disk refuses, the file grows old; the process goes on."""
    path = _path(process)
    draft = path.with_suffix(".tmp")
    try:
        draft.write_text(str(seconds), encoding="ascii")
        draft.replace(path)
    except OSError as error:
        log.warning("%s is not renewed: %s", path, error)


def failure(process: str) -> str | None:
    """The reason why a process of this machine counts as failed; None: it works."""
    path = _path(process)
    try:
        lasting, age = float(path.read_text(encoding="ascii")), time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return f"{process} has not started yet"
    return None if age < lasting else f"{process} has shown no sign of life for {age:.0f} s"


def _path(process: str) -> Path:
    return Path(tempfile.gettempdir()) / f"inverset-{quote(process, safe='')}"
