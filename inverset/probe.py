"""``python -m inverset.probe api|beat|worker``: the health check of a container; exit code 0 where its process works.

Standard library only: a check that loads the service to look at it would take as long as the service does.
"""

import os
import sys
import urllib.error
import urllib.request

from inverset.config import liveness

_SECONDS = 5.0  # until the API counts as silent


def failure(process: str) -> str | None:
    """The reason why the process in this container is not healthy; None: it is."""
    if process == "api":
        return _of_api(os.environ.get("INVERSET_PORT", "8000"))
    if process == "worker":
        return liveness.failure(liveness.of_worker(os.environ.get("INVERSET_WORKER", "")))
    return liveness.failure(process)


def _of_api(port: str) -> str | None:
    url = f"http://127.0.0.1:{port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS):
            return None
    except (urllib.error.URLError, OSError) as error:
        return f"{url}: {error}"


if __name__ == "__main__":
    reason = failure(sys.argv[1])
    if reason is not None:
        sys.exit(reason)
