"""What can go wrong when a model is loaded by its name."""

import re
from collections.abc import Sequence
from pathlib import Path

from inverset.contract.hints import did_you_mean

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colours of a terminal
_LONGEST = 120  # characters of a stranger's word in a message


class ZooError(Exception):
    """A model cannot be had."""


class UnknownModel(ZooError):
    """No model goes by that name; the message gives the nearest ones."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no model is called {name!r}; {did_you_mean(name, known)}")


class CorruptWeights(ZooError):
    """A weights file is not the one that was released."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(
            f"{path} is damaged: its SHA-256 is {found}, it should be {expected}; get the file again"
        )


class BadEntry(ZooError):
    """What was written of a model is no entry, or names what is not there."""


class BadFile(ZooError):
    """A file is missing, damaged, of another format or shape, or would run code of whoever made it."""


class NotInstalled(ZooError):
    """What a model needs is not installed."""


class NoDownload(ZooError):
    """Weights are not here and cannot be fetched."""


def plain(text: str, longest: int = _LONGEST) -> str:
    """What a stranger wrote, as it may stand in a message: in one line, and nothing that a terminal obeys."""
    line = " ".join(_ESCAPES.sub("", text).split())
    shown = "".join(each if each.isprintable() else "?" for each in line)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."
