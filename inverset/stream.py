"""Parses server-sent events, line by line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event of a server."""

    name: str
    id: str | None
    data: Any


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events in some lines; comments, which only keep the connection alive, are skipped."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif not line and "data" in fields:
            yield Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))
        if not line:
            fields = {}
