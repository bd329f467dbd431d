"""Every page in Firefox, where there is one: its scripts and styles work, its pictures load, it fits a phone."""

import pytest

from tests import firefox
from tests.end_to_end.pages import catalogue

PHONE, SCREEN = (390, 844), (1280, 800)
BROKEN = """[...document.images].filter(image => image.src && image.loading !== 'lazy')
  .filter(image => image.complete && !image.naturalWidth).map(image => image.src)"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser(site):
    """One Firefox for all tests."""
    if (path := firefox.program()) is None:
        pytest.skip("there is no Firefox on the PATH; on Debian, `apt-get install firefox-esr`")
    with firefox.launched(path) as browser:
        yield browser


@pytest.fixture
def show(browser, site, made):
    """Open a page by its name, signed in as the one whose page it is."""

    def show(name, size=SCREEN):
        user, path = catalogue.pages(made)[name]
        browser.open(f"{site.url}/sign-in")
        browser.send("WebDriver:DeleteAllCookies")
        browser.send("WebDriver:SetWindowRect", width=size[0], height=size[1])
        if user:
            sign_in(browser, site.keys[user])
        browser.open(site.url + path)
        return browser

    yield show
    assert browser.errors() == []


def sign_in(browser, key):
    """Paste a key."""
    browser.type("input[name=key]", key)
    browser.click("main button")
    browser.wait("location.pathname !== '/sign-in'")


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_it_works(show, name):
    page = show(name)
    page.wait("document.querySelector('h1, h2')?.getClientRects().length > 0")
    assert page.evaluate(BROKEN) == []


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_it_fits_a_phone(show, name):
    assert show(name, PHONE).evaluate(OVERFLOW) <= 0


def test_neurons_are_suggested(show):
    page = show("home")
    page.type("main input[role=combobox]", "volc")
    page.wait("document.querySelectorAll('[role=listbox] [role=option]').length > 0")


def test_a_dialog_goes_from_image_to_image_and_closes(show):
    page = show("job")
    page.wait("document.querySelectorAll('.field-of-cells .cell a').length > 0")
    page.click(".field-of-cells .cell a")
    page.wait("document.querySelector('dialog[open]')")
    first = page.evaluate("document.querySelector('dialog[open]').innerText")
    page.type("dialog[open]", firefox.RIGHT)
    page.wait(f"document.querySelector('dialog[open]').innerText !== {first!r}")
    page.type("dialog[open]", firefox.ESCAPE)
    page.wait("!document.querySelector('dialog[open]')")
