"""Words that no text for users has, and what to write in their place."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.words.phrases import Phrase


class Banned(NamedTuple):
    """A pattern, and what to write in its place."""

    pattern: re.Pattern[str]
    instead: str


def _banned(pattern: str, instead: str) -> Banned:
    return Banned(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead)


BANNED = (
    _banned("nobody|no one|noone", "say what happens: `the queue is empty`, `no worker is running`"),
    _banned("whoever|whosoever", "anyone who"),
    _banned("anybody|everybody|somebody", "anyone, everyone, someone"),
    _banned("ones? own|one's own", "your own"),
    _banned(r"(?<!you )asked|asks|asked of", "requested, or `you asked for`; a machine is not asked"),
    _banned(
        "says(?!=)|said|tells?|(?<!cannot be )told|speaks?",
        "a subject that shows, states or means; only people say and tell",
    ),
    _banned("knows|knew", "has, or what the reader can do; a machine does not know"),
    _banned("wants|wishes|deceives|judges it", "needs, or what happens"),
    _banned("(?<!first )paints?|painted(?! landscapes)|paintings?", "generates, generated"),
    _banned("goes on|go on|went on", "continues"),
    _banned("(?:is|are|was|were) to be", "must be"),
    _banned("can(?:not)? be had|could be had", "is not available"),
    _banned("bore|bears", "has"),
    _banned(
        "(?:jobs?|bodies) (?:is|are) taken|takes? no(?: new)? jobs|take new jobs|jobs can be taken", "accept"
    ),
    _banned("for ever", "forever"),
    _banned("look after|sees to", "manage"),
    _banned("likewise|lest|whereof|thereof|hitherto|upside down", "a plainer word"),
    _banned("as it counts now", "say what is counted"),
    _banned("tidied|doorbell", "a standard term"),
)
IN_DETAILS = (  # on pages outside of sections of details
    Banned(re.compile(r"\bK\b(?!B)"), "images at once, in the details"),
    Banned(re.compile(r"\bE\b(?!mail)"), "as the encoder compares them, in the details"),
    Banned(re.compile(r"\bn\b"), "the number of images"),
    Banned(re.compile(r"\bevaluations?\b", re.IGNORECASE), "in the details"),
    Banned(re.compile(r"\bcodes?\b", re.IGNORECASE), "in the details"),
    Banned(re.compile(r"\bgiven up\b", re.IGNORECASE), "abandoned attempts, in the details"),
    Banned(
        re.compile(r"\bsamples?\b", re.IGNORECASE), "image, images; as a verb `make` or `sample` in a button"
    ),
)


def faults(phrases: list[Phrase], banned: tuple[Banned, ...] = BANNED) -> Iterator[str]:
    """What to change, a line each: the place, the word, what to write instead, and the phrase."""
    for phrase in phrases:
        for each in banned:
            if found := each.pattern.search(phrase.text):
                yield f"{phrase.file}:{phrase.line}: {found.group()!r}; write {each.instead}: {phrase.text}"
