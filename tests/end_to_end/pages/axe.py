"""Whether those can use a page who do not see it well, or use no mouse: as far as axe-core can tell.

``axe.min.js`` is that of axe-core 4.14.1 on npm (MPL 2.0, see ``axe.LICENSE.txt``), for tests only.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "axe.min.js").read_text()
GRAVE = ("serious", "critical")
ALSO = ("landmark-unique",)  # less grave, and never needed
THEMES = ("light", "dark")


def faults(page: Page) -> list[str]:
    """What axe holds to be serious in a page as it stands, in both themes; the debugger's way in, so no policy bends."""
    return [f"{theme}: {fault}" for theme in THEMES for fault in _faults(page, theme)]


def _faults(page: Page, theme: Any) -> list[str]:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.evaluate(SOURCE)
    result = page.evaluate("async () => (await axe.run()).violations")
    return [_told(each) for each in result if each["impact"] in GRAVE or each["id"] in ALSO]


def _told(fault: Any) -> str:
    nodes = "; ".join(f"{node['html'][:160]} ({node['failureSummary']})" for node in fault["nodes"][:4])
    return f"{fault['id']} at {len(fault['nodes'])} places: {nodes}"
