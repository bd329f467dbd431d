"""Ids of new rows, which sort by the time of creation."""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32


def new_id(kind: str, at: datetime) -> str:
    """An id such as ``job_01kb4v3k9d7p2m0q6x8r5t1wyz``: 48 bits of milliseconds, 80 random ones."""
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    return f"{kind}_" + "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(26)))


def is_id(kind: str, text: str) -> bool:
    """Whether a text has the form of an id, whether such a row exists or not."""
    head, _, tail = text.rpartition("_")
    return head == kind and len(tail) == 26 and set(tail) <= set(_ALPHABET)
