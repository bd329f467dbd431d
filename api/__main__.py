"""``python -m inverset.api``: the HTTP front end alone, as the environment says."""

import argparse
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from inverset.api.server import CannotServe, serve
from inverset.config.settings import Settings


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m inverset.api", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("INVERSET_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("INVERSET_PORT", "8000"))
    asked = parser.parse_args()
    try:
        serve(Settings(), asked.host, asked.port)
    except (CannotServe, SQLAlchemyError, ValueError) as refused:  # the others: settings that make no sense
        sys.exit(f"inverset: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
