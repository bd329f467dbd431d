"""Pictures of every page at three widths in both themes: ``python -m tests.end_to_end.pages.screenshots FOLDER``.

For people to look at; nothing is compared.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests import chromium
from tests.end_to_end.pages import catalogue
from tests.end_to_end.pages.site import Site, embedded

WIDTHS = (390, 900, 1500)
THEMES = ("light", "dark")
HEIGHT = 1000
SAMPLES = 60  # of a gallery
LOADED = """() => Promise.all([...document.images].slice(0, 400).map(image => {
  image.loading = 'eager'
  return image.decode().catch(() => {})
}))"""
TALLEST = 4000  # of a picture; a gallery goes on and on


@contextmanager
def opened(browser: Browser, site: Site, name: str | None, **options: object) -> Iterator[Page]:
    """A page of somebody's browser."""
    context = browser.new_context(base_url=site.url, reduced_motion="reduce", **options)
    if name:
        context.request.post(f"{site.url}/sign-in", form={"key": site.keys[name]})
    yield context.new_page()
    context.close()


def take(browser: Browser, site: Site, folder: Path, wanted: list[str]) -> None:
    """All pictures of all pages, or of those that are wanted."""
    made = catalogue.ask(site, SAMPLES, "paper")
    catalogue.await_natural_images(site)
    for name, (whose, path) in catalogue.pages(made | catalogue.crowd(site)).items():
        if wanted and name not in wanted:
            continue
        for width, theme in itertools.product(WIDTHS, THEMES):
            size = {"width": width, "height": HEIGHT}
            with opened(browser, site, whose, viewport=size, color_scheme=theme) as page:
                page.goto(path)
                settle(page)
                height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
                # Not `full_page`: a long grid has only the rows that are in view.
                page.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
                settle(page)
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png")


def settle(page: Page) -> None:
    """Have all pictures come, also those further down, and wait for them."""
    page.wait_for_load_state("load")
    page.evaluate(LOADED)
    page.wait_for_timeout(300)


@contextmanager
def studio() -> Iterator[tuple[Browser, Site]]:
    """A browser, and a server of its own to take pictures of."""
    with (
        tempfile.TemporaryDirectory() as data,
        chromium.launched() as browser,
        embedded(Path(data) / "data") as site,
    ):
        yield browser, site


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    wish = parser.parse_args()
    wish.folder.mkdir(parents=True, exist_ok=True)
    with studio() as (browser, site):
        take(browser, site, wish.folder, wish.only)


if __name__ == "__main__":
    main()
