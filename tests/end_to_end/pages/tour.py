"""The pictures of README and docs/tour.md, taken anew: ``python -m tests.end_to_end.pages.tour docs/pictures``."""

import argparse
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.end_to_end.pages.catalogue import await_natural_images, volcano
from tests.end_to_end.pages.screenshots import opened, settle, studio
from tests.end_to_end.pages.site import MEMBER, Site

WIDTH = 1200
SAMPLES = 120
BANDS = {"low": (0.3, 0.5), "middle": (0.8, 0.9), "high": (0.95, 0.99)}
QUALITY = 82  # of WebP


class Stop(NamedTuple):
    """A place where a picture is taken: its path, what is done there first, and how high it is."""

    path: str
    height: int
    act: Callable[[Page], object] = lambda _: None


def stops(made: Mapping[str, str]) -> dict[str, Stop]:
    """All, by the names of their pictures."""
    return {
        "neuron": Stop("/models/scenes/neurons/fc8:volcano", 1000),
        "new": Stop("/new?model=scenes&neuron=fc8:volcano&low=.95&high=.99&by=quantiles", 900, _preview),
        "gallery": Stop(f"/jobs/{made['high']}", 980),
        "map": Stop(f"/jobs/{made['high']}", 980, _map),
        "compare": Stop(f"/compare?jobs={made['low']},{made['middle']},{made['high']}", 900),
        "rival": Stop(f"/compare?jobs={made['high']},{made['paper']}", 1100),
    }


def _preview(page: Page) -> None:
    page.locator(".eight img").nth(7).wait_for(timeout=60_000)


def _map(page: Page) -> None:
    page.get_by_role("button", name="Map", exact=True).click()
    page.wait_for_timeout(1500)


def ask(site: Site) -> dict[str, str]:
    """The galleries that are shown, and the natural images beside them."""
    made = {name: site.gallery(n=SAMPLES, k=20, neurons=volcano(*band)) for name, band in BANDS.items()}
    made["paper"] = site.gallery(n=24, k=12, neurons=volcano(*BANDS["high"]), method="paper")
    await_natural_images(site)
    return made


def take(browser: Browser, site: Site, folder: Path) -> None:
    """All pictures."""
    for name, stop in stops(ask(site)).items():
        size = {"width": WIDTH, "height": stop.height}
        with opened(browser, site, MEMBER, viewport=size, color_scheme="light") as page:
            page.goto(stop.path)
            settle(page)
            stop.act(page)
            settle(page)
            image = Image.open(io.BytesIO(page.screenshot()))
            image.convert("RGB").save(folder / f"{name}.webp", quality=QUALITY, method=6)


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    wish = parser.parse_args()
    wish.folder.mkdir(parents=True, exist_ok=True)
    with studio() as (browser, site):
        take(browser, site, wish.folder)


if __name__ == "__main__":
    main()
