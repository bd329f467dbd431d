"""Progress bars, in a terminal or in a Jupyter notebook."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module
from typing import Any

from inverset import screen

OnProgress = Callable[
    [int, int, str], object
]  # done, of how many, what; after a colon and a space, how it stands
_PAUSE = 0.2  # seconds between two changes of a notebook's bar


@contextmanager
def bars(*, shown: bool = True) -> Iterator[OnProgress]:
    """A function that moves the progress bar of each counted thing, until the block ends."""
    if not shown:
        yield lambda *_: None
    elif in_jupyter():
        yield _Notebook().on_progress
    else:
        with screen.bars() as lines:
            known: set[str] = set()

            def on_progress(done: int, total: int, what: str) -> None:
                name, _, note = what.partition(": ")
                if name not in known:
                    known.add(name)
                    lines.add(name, name, total)
                lines.show(name, done, note)

            yield on_progress


def in_jupyter() -> bool:
    """Whether the code runs in a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"


class _Notebook:
    """An HTML display that is updated in place; it needs no widgets."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, int, str]] = {}
        self._handle: Any = None
        self._due = 0.0

    def on_progress(self, done: int, total: int, what: str) -> None:
        name, _, note = what.partition(": ")
        begins = name not in self._rows
        self._rows[name] = done, total, note
        if begins or done >= total or time.monotonic() >= self._due:
            self._due = time.monotonic() + _PAUSE
            self._show()

    def _show(self) -> None:
        ipython = import_module("IPython.display")  # it is there: this is its kernel
        lines = [
            f"<div>{escape(name)} <progress value='{done}' max='{total}'></progress> "
            f"{done:,} of {total:,} {escape(note)}</div>"
            for name, (done, total, note) in self._rows.items()
        ]
        page = ipython.HTML("".join(lines))
        if self._handle is None:
            self._handle = ipython.display(page, display_id=True)
        else:
            self._handle.update(page)
