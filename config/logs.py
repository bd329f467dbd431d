"""Logging: lines for people or JSON for machines, with their context (a request, a part) and without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from inverset.config.settings import Settings

Entry = MutableMapping[str, Any]
# What lets its bearer in: API keys, webhooks' secrets, passwords in URLs, signatures of presigned URLs.
_SECRETS = (
    (re.compile(r"\binv_[\w-]+"), "inv_***"),
    (re.compile(r"\bwhsec_[\w+/=]+"), "whsec_***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(?<=://)([^\s:/@\"']*):[^\s/@\"']+@"), r"\1:***@"),
    (re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s\"']+"), r"\1***"),
)
# httpx would write addresses of webhooks, which are secrets as well.
TALKATIVE = ("httpx", "httpcore", "botocore", "boto3", "urllib3", "s3transfer")
OF_REQUESTS = ("method", "route", "status", "ms", "user")  # what a record may bring of its own
_FIRST = ("timestamp", "level", "logger", "event", "exception")


def set_up(settings: Settings, level: int = logging.INFO) -> None:
    """Make this process log to its standard error, including its libraries, uvicorn and Celery among them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(as_json=settings.log == "json"))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(*, as_json: bool) -> logging.Formatter:
    """A formatter that makes one line of a record."""
    render = structlog.processors.JSONRenderer(default=str) if as_json else _readable
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=OF_REQUESTS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            lambda logger, name, entry: without_secrets(str(render(logger, name, entry))),
        ],
    )


def bound(**at_hand: Any) -> AbstractContextManager[None]:
    """Add these values to every log line of this thread for the length of the block; None is left out."""
    return structlog.contextvars.bound_contextvars(
        **{name: value for name, value in at_hand.items() if value is not None}
    )


def begin(**at_hand: Any) -> None:
    """Replace the values on every log line of this task."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**at_hand)


def request_id() -> str | None:
    """The id of the current request; None: there is none."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return None if value is None else str(value)


def without_secrets(line: str) -> str:
    """A record with stars in place of its secrets."""
    for pattern, stars in _SECRETS:
        line = pattern.sub(stars, line)
    return line


def _readable(_logger: Any, _name: str, entry: Entry) -> str:
    """A line with the message first, then its context; a traceback below. Line breaks in the message are escaped."""
    message = str(entry["event"]).replace("\r", "\\r").replace("\n", "\\n")
    rest = "".join(f" {name}={value}" for name, value in entry.items() if name not in _FIRST)
    line = f"{entry['timestamp'][:23]}Z {entry['level'].upper()} {entry['logger']}: {message}{rest}"
    return f"{line}\n{entry['exception']}" if "exception" in entry else line
