"""Finds the Chromium that walks the pages: named by the environment, on the PATH, or Playwright's own.

``python -m tests.chromium`` says which; exit code 1 where there is none.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests import services
from tests.services import ServiceMissing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNWANTED = os.environ.get("INVERSET_TEST_CHROMIUM") == "skip"
SKIPPED = services.SKIPPED or UNWANTED


def program(playwrights: Path) -> str:
    """The path of a Chromium; ``playwrights`` is where Playwright would have installed one."""
    named = os.environ.get("INVERSET_TEST_CHROMIUM")
    result = named or next(filter(None, map(shutil.which, NAMES)), None)
    if result:
        return result
    if playwrights.exists():
        return str(playwrights)
    raise ServiceMissing(
        "This test needs Chromium, and none is on the PATH: `apt-get install chromium`, or "
        "`.venv/bin/playwright install --with-deps chromium`, or name a program in INVERSET_TEST_CHROMIUM, "
        "or leave such tests out with INVERSET_TEST_CHROMIUM=skip"
    )


def found() -> str:
    """The path of the one that is started. Raises ServiceMissing where there is none."""
    with sync_playwright() as playwright:
        return _program(playwright)


@contextmanager
def launched() -> Iterator[Browser]:
    """One without a window. Raises ServiceMissing where there is none.

    As long as it is there an event loop runs in this thread.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(playwright))
        yield browser
        browser.close()


def _program(playwright: Playwright) -> str:
    return program(Path(playwright.chromium.executable_path))


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{found()}\n")
    except ServiceMissing as missing:
        sys.exit(str(missing))
