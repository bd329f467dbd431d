"""Server-sent events, as they come line by line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One thing that a server tells."""

    name: str
    id: str | None
    data: Any


def events(lines: Iterable[str]) -> Iterator[Event]:
    """What the lines say; comments, with which a server only shows that it is there, are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif not line and "data" in fields:
            yield Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))
        if not line:
            fields = {}
