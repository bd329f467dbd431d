"""A piece of text that a user can see, and where it stands."""

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z]")
_TWO_WORDS = re.compile(r"[A-Za-z0-9}…)\]'`\"]{1,}[,;:.!?]? +[A-Za-z0-9{…(“'`\"]")
_CODE = re.compile(
    r"^[.#\[:/<]|[{};]\s*$|data-|=\"|^[a-z_]+(\[|=)|-src '|^(private|no-cache),|^use strict$", re.IGNORECASE
)


@dataclass(frozen=True)
class Phrase:
    """Text that users see; ``hidden``: they open a section of details first."""

    file: str
    line: int
    text: str
    hidden: bool = False


def tidy(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def has_words(text: str) -> bool:
    """Whether anything in the text is a letter."""
    return _WORD.search(text) is not None


def reads_as_words(text: str) -> bool:
    """Whether a string in code looks like text for people: two words, and no selector, SQL or attribute."""
    return _TWO_WORDS.search(text) is not None and _CODE.search(text.strip()) is None
