"""The text of a Jinja template: what stands between its tags, in titles, labels and placeholders, and in its expressions."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment

from tests.words.phrases import Phrase, has_words, tidy

_SHOWN = ("title", "aria-label", "alt", "placeholder", "label")
_WITHIN = {
    "a",
    "b",
    "i",
    "em",
    "strong",
    "small",
    "span",
    "code",
    "time",
    "button",
    "sup",
    "sub",
    "kbd",
    "abbr",
}
_VOID = {"img", "input", "br", "meta", "link", "rect", "path", "circle", "line", "hr"}
_SILENT = {"style", "script"}
_ASIDE, _END = "\ue000", "\ue001"  # around the number of a string in an expression
_MARK = re.compile(f"{_ASIDE}(\\d+){_END}")
_NOT_SHOWN = re.compile(r"^[a-z0-9_./#?&=:%+-]*$|^\W*$")


def phrases(file: str, source: str) -> list[Phrase]:
    """The phrases of a template; ``…`` stands for a value, ``|`` between alternatives."""
    asides: list[str] = []
    return _read(file, "".join(_flat(source, asides)), asides)


def of_page(address: str, page: str) -> list[Phrase]:
    """The phrases of a page as a server sends it."""
    return _read(address, page, [])


def _read(file: str, page: str, asides: list[str]) -> list[Phrase]:
    reader = _Reader(file, asides)
    reader.feed(page)
    reader.close()
    reader.end()
    return reader.found


def _flat(source: str, asides: list[str]) -> Iterator[str]:
    """The template's HTML without tags of Jinja, line by line as it was."""
    inside: list[tuple[str, str]] | None = None
    for _, kind, value in Environment(autoescape=True).lex(source):
        if kind in {"variable_begin", "block_begin"}:
            inside = []
        elif kind in {"variable_end", "block_end"}:
            yield from (_expression if kind == "variable_end" else _tag)(inside or [], asides)
            inside = None
        elif inside is not None:
            inside.append((kind, value))
        elif kind == "data":
            yield value
            continue
        yield "\n" * value.count("\n")


def _expression(tokens: list[tuple[str, str]], asides: list[str]) -> Iterator[str]:
    strings = [value[1:-1] for kind, value in tokens if kind == "string"]
    names = [value for kind, value in tokens if kind == "name"]
    if "else" in names and "(" not in [value for _, value in tokens]:
        shown = [text for text in strings if has_words(text)]
        yield "{" + "|".join(shown) + "}" if shown else "…"
        return
    yield from _aside(strings, asides)
    yield "…"


def _tag(tokens: list[tuple[str, str]], asides: list[str]) -> Iterator[str]:
    names = [value for kind, value in tokens if kind == "name"]
    if names[:1] in (["else"], ["elif"]):
        yield " | "
    if names[:1] in (["set"], ["for"], ["macro"]):
        yield from _aside([value[1:-1] for kind, value in tokens if kind == "string"], asides)


def _aside(strings: list[str], asides: list[str]) -> Iterator[str]:
    for text in strings:
        if not _NOT_SHOWN.match(text):
            yield f"{_ASIDE}{len(asides)}{_END}"
            asides.append(text)


class _Reader(HTMLParser):
    def __init__(self, file: str, asides: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.file, self.asides, self.found = file, asides, list[Phrase]()
        self.open: list[str] = []
        self.text, self.line = "", 0

    def _hidden(self) -> bool:
        if "details" not in self.open:
            return False
        return "summary" not in self.open or self.open.count("details") > 1

    def _add(self, text: str, line: int) -> None:
        for number in _MARK.findall(text):
            self._add(self.asides[int(number)], line)
        text = tidy(_MARK.sub("", text)).strip("|… ")
        if has_words(re.sub(r"\{[^}]*$", "", text)):
            self.found.append(Phrase(self.file, line, tidy(text), self._hidden()))

    def end(self) -> None:
        """Close the text that is being read."""
        self._add(self.text, self.line)
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITHIN:
            self.end()
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in _SHOWN and value:
                self._add(value, self.getpos()[0])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _WITHIN:
            self.end()
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in _SILENT:
            return
        if not self.text.strip():
            self.line = self.getpos()[0]
        self.text += data
