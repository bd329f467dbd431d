"""A browser before a server that works: every test fails where a page errs, is refused something, or asks another host."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import chromium
from tests.end_to_end.pages import catalogue
from tests.end_to_end.pages.site import MEMBER, Site, embedded
from tests.end_to_end.pages.watch import Watch

SIZE = {"width": 1200, "height": 900}


@pytest.fixture(scope="session")
def program() -> str:
    """The path of the Chromium that walks; without one nothing is started in vain."""
    if chromium.SKIPPED:
        pytest.skip("INVERSET_TEST_CHROMIUM=skip or INVERSET_TEST_SERVICES=skip")
    return chromium.found()


@pytest.fixture(scope="module")
def browser(program: str) -> Iterator[Browser]:
    """A Chromium for one file of tests: others of this process want an event loop of their own."""
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="session")
def site(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One embedded server for all, with accounts."""
    with embedded(tmp_path_factory.mktemp("site") / "data") as made:
        yield made


@pytest.fixture(scope="session")
def gallery(site: Site) -> str:
    """The id of a job of ann's that has its samples and evidence."""
    return site.gallery()


@pytest.fixture(scope="session")
def made(site: Site) -> dict[str, str]:
    """The ids of three galleries and a sweep, by what they are for."""
    return catalogue.ask(site, 8)


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator:
    """Open a page as a browser of its own, signed in as somebody or (None) not; keywords are the browser's."""
    opened: list[tuple[Page, Watch]] = []

    def open_page(name: str | None = MEMBER, url: str = site.url, key: str | None = None, **options) -> Page:
        context = browser.new_context(**{"base_url": url, "viewport": SIZE, **options})
        if name is not None:
            context.request.post(f"{url}/sign-in", form={"key": key or site.keys[name]})
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.watch = Watch(context, url)
        opened.append((page, page.watch))
        return page

    yield open_page
    for page, _ in opened:
        page.context.close()
    assert [output for _, watch in opened for output in watch.wrong()] == []


@pytest.fixture
def page(open_page) -> Page:
    """Ann's; ``page.watch`` notes what goes wrong, and can be told what to allow."""
    return open_page()
