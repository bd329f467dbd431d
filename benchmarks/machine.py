"""On what it was measured, and where the figures are written down."""

import datetime as dt
import os
import platform
import re
import sqlite3
from importlib.metadata import version
from pathlib import Path

import psutil

from inverset.studies.machine import processor

PAGE = Path("docs/performance.md")


def described() -> str:
    """The machine in a line, with how busy it was in the last minute."""
    cores, memory = os.cpu_count(), psutil.virtual_memory().total / 2**30
    software = (
        f"Python {platform.python_version()}, torch {version('torch')}, SQLite {sqlite3.sqlite_version}"
    )
    now = dt.datetime.now(dt.UTC)
    return f"{now:%Y-%m-%d %H:%M} UTC, {processor()}, {cores} cores, {memory:.0f} GiB, no GPU; {software}; load {os.getloadavg()[0]:.1f}"


def record(name: str, found: str, page: Path = PAGE, title: str = "") -> None:
    """Put figures into their place on the page: between ``<!-- name -->`` and ``<!-- end -->``.

    With a title, a page is begun where there is none.

    Raises:
        ValueError: the page has no such place.
    """
    if title and not page.exists():
        page.write_text(f"# {title}\n\n<!-- {name} -->\n<!-- end -->\n", encoding="utf-8")
    text, place = page.read_text(encoding="utf-8"), re.compile(rf"(?s)(<!-- {name} -->\n).*?(<!-- end -->)")
    if not place.search(text):
        raise ValueError(f"{page} has no place for {name}")
    written = f"{found}\n\n*{described()}*\n"
    page.write_text(place.sub(lambda m: f"{m[1]}{written}{m[2]}", text), encoding="utf-8")
