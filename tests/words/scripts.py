"""The text of a script: its strings and template literals that look like words."""

import re

from tests.words.phrases import Phrase, reads_as_words, tidy

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL
)
_VALUE = re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_CLASS = re.compile(r"className[:=]\s*$")
_LABEL = re.compile(r"^[A-Z][a-z]{2,}( |$|\.)")


def phrases(file: str, source: str) -> list[Phrase]:
    """The strings of a script for people; ``…`` stands for a value."""
    found = []
    for match in _TOKEN.finditer(source):
        token = match.group()
        if token.startswith("/") or _CLASS.search(source[: match.start()]):
            continue
        text = tidy(_VALUE.sub("…", token[1:-1]))
        if reads_as_words(text) or _LABEL.match(text):
            found.append(Phrase(file, source.count("\n", 0, match.start()) + 1, text))
    return found
