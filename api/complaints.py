"""The complaints about a request, cut so that the answer is not much longer than the request."""

import json
from collections.abc import Sequence

from inverset.contract.errors import Complaint

MOST = 20  # faults that are named
ROOM = 1200  # bytes that an answer says of a request that is almost empty


def named(complaints: Sequence[Complaint], room: int) -> tuple[list[Complaint], str]:
    """The first complaints that fit into ``room`` bytes of JSON, and a sentence about those left out.

    The first one is there in any case, cut short where it does not fit.
    """
    kept: list[Complaint] = []
    for each in complaints[:MOST]:
        loc = [step if isinstance(step, int) else cut(step, 200) for step in each.loc]
        short = Complaint(loc=loc, msg=each.msg if kept else cut(each.msg, room))
        room -= size(json.dumps(loc)) + size(short.msg)
        if kept and room < 0:
            break
        kept.append(short)
    more = len(complaints) - len(kept)
    return kept, f"; and {more} more" if more else ""


def cut(text: str, room: int) -> str:
    """The longest beginning of a text that takes at most ``room`` bytes of JSON."""
    if size(text) <= room:
        return text
    taken = 0
    for index, letter in enumerate(text):
        taken += size(letter)
        if taken > room:
            return f"{text[:index]}..."
    return text


def size(text: str) -> int:
    """The bytes that a text takes in JSON, without its quotes."""
    return len(written(text)) - 2


def written(content: object) -> bytes:
    """JSON in UTF-8; half a surrogate pair has no encoding and stays escaped, as it was sent."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
