"""The log: lines for people, or JSON for machines; with what is at hand (a request, a part), and without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from inverset.jobs.settings import Settings

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
    """Let this process log to its standard error; all libraries too, uvicorn and Celery among them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(as_json=settings.log == "json"))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(*, as_json: bool) -> logging.Formatter:
    """Makes a line of a record."""
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
    """While the block lasts, every line of this thread bears these; None is left out."""
    return structlog.contextvars.bound_contextvars(
        **{name: value for name, value in at_hand.items() if value is not None}
    )


def begin(**at_hand: Any) -> None:
    """From here on every line of this task bears these, and no others."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**at_hand)


def request_id() -> str | None:
    """The number of the request at hand; None: there is none."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return None if found is None else str(found)


def without_secrets(line: str) -> str:
    """The same with stars in place of what nobody should read."""
    for pattern, stars in _SECRETS:
        line = pattern.sub(stars, line)
    return line


def _readable(_logger: Any, _name: str, entry: Entry) -> str:
    """Message first, then what is at hand; a trace below. A message makes one line, whatever it quotes."""
    message = str(entry["event"]).replace("\r", "\\r").replace("\n", "\\n")
    rest = "".join(f" {name}={value}" for name, value in entry.items() if name not in _FIRST)
    line = f"{entry['timestamp'][:23]}Z {entry['level'].upper()} {entry['logger']}: {message}{rest}"
    return f"{line}\n{entry['exception']}" if "exception" in entry else line
