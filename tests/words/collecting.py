"""All text that users see, from the sources of pages, scripts, errors and commands."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.words import python_code, scripts, templates
from tests.words.phrases import Phrase, tidy

ROOT = Path(__file__).parents[2]
_PACKAGES = ("api", "config", "contract", "gallery", "inverset", "jobs", "sampler", "storage", "worker")
_KINDS = {".py", ".js", ".html", ".j2"}
_OTHERS_WORK = {"htmx.min.js", "style.css.j2"}
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL)


def collect() -> list[Phrase]:
    """The phrases of all sources, file by file."""
    return [each for path in _sources() for each in _phrases(path)]


def pages() -> list[Phrase]:
    """The phrases of templates and of the scripts of pages."""
    return [each for path in _sources() if path.suffix != ".py" and path.suffix for each in _phrases(path)]


def documents() -> list[Phrase]:
    """The paragraphs of README and docs/ without code; others stay as they are.

    Records of decisions, studies and measurements tell what was; the list of modules is made of docstrings.
    """
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    paths.remove(ROOT / "docs" / "architecture.md")
    return [each for path in paths for each in _paragraphs(path)]


def as_text(found: list[Phrase]) -> str:
    """The phrases under the names of their files, one a line; those behind details are indented."""
    lines: list[str] = []
    for file, phrases in groupby(found, key=lambda each: each.file):
        lines += ["", f"=== {file}", *(f"{'    ' * each.hidden}{each.line}: {each.text}" for each in phrases)]
    return "\n".join(lines[1:]) + "\n"


def _sources() -> Iterator[Path]:
    yield ROOT / "Makefile"
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in _KINDS and path.name not in _OTHERS_WORK and _is_own(path, package):
                yield path


def _is_own(path: Path, package: str) -> bool:
    """Whether the file lies in the folder itself: inverset/ links to all others."""
    return path.resolve().is_relative_to(ROOT / package)


def _phrases(path: Path) -> list[Phrase]:
    file, source = str(path.relative_to(ROOT)), path.read_text()
    if path.suffix == ".py":
        return python_code.phrases(file, source)
    if path.suffix == ".js":
        return scripts.phrases(file, source)
    if path.name == "Makefile":
        lines = enumerate(source.splitlines(), 1)
        return [Phrase(file, number, line.partition(" ## ")[2]) for number, line in lines if " ## " in line]
    return templates.phrases(file, source)


def _paragraphs(path: Path) -> Iterator[Phrase]:
    file, text = str(path.relative_to(ROOT)), _CODE.sub(_blank, _FENCED.sub(_blank, path.read_text()))
    for match in re.finditer(r"(?:^.*\S.*$\n?)+", text, re.MULTILINE):
        yield Phrase(file, text.count("\n", 0, match.start()) + 1, tidy(match.group()))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
