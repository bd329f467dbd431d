"""The errors of loading a model by its name."""

import re
from collections.abc import Sequence
from pathlib import Path

from inverset.contract.hints import did_you_mean

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colours of a terminal
_LONGEST = 120  # characters of untrusted text in a message


class ZooError(Exception):
    """Raised where a model cannot be loaded."""


class UnknownModel(ZooError):
    """Raised for an unknown model name; the message gives the nearest ones."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no model is called {name!r}; {did_you_mean(name, known)}")


class CorruptWeights(ZooError):
    """Raised where a weights file is not the released one."""

    def __init__(self, path: Path, expected: str, actual: str) -> None:
        super().__init__(
            f"{path} is damaged: its SHA-256 is {actual}, it should be {expected}; get the file again"
        )


class BadEntry(ZooError):
    """Raised where a model's entry is malformed, or names something that does not exist."""


class BadFile(ZooError):
    """Raised where a file is missing, damaged, of another format or shape, or would run code."""


class NotInstalled(ZooError):
    """Raised where a package that a model needs is not installed."""


class NoDownload(ZooError):
    """Raised where weights are not here and cannot be downloaded."""


def plain(text: str, longest: int = _LONGEST) -> str:
    """Untrusted text made safe for a message: one line, without control characters of a terminal."""
    line = " ".join(_ESCAPES.sub("", text).split())
    shown = "".join(character if character.isprintable() else "?" for character in line)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."
