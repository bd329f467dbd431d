"""Finds the Chromium that walks the pages: named by the environment, on the PATH, or Playwright's own.

``python -m tests.chromium`` says which; exit code 1 where there is none.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import services
from tests.services import ServiceMissing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNWANTED = os.environ.get("INVERSET_TEST_CHROMIUM") == "skip"
SKIPPED = services.SKIPPED or UNWANTED


def program(playwrights: Path) -> str:
    """The path of a Chromium; ``playwrights`` is where Playwright would have installed one."""
    named = os.environ.get("INVERSET_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if playwrights.exists():
        return str(playwrights)
    raise ServiceMissing(
        "This test needs Chromium, and none is on the PATH: `apt-get install chromium`, or "
        "`.venv/bin/playwright install --with-deps chromium`, or name a program in INVERSET_TEST_CHROMIUM, "
        "or leave such tests out with INVERSET_TEST_CHROMIUM=skip"
    )


if __name__ == "__main__":
    with sync_playwright() as playwright:
        try:
            sys.stdout.write(f"{program(Path(playwright.chromium.executable_path))}\n")
        except ServiceMissing as missing:
            sys.exit(str(missing))
