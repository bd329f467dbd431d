"""The watch over pages sees what it is there for."""

import pytest

from inverset.api.web.rendering import POLICY
from tests.end_to_end.pages import axe

GOOD = "<!doctype html><html lang=en><title>t</title><main><h1>t</h1>{}</main>"


@pytest.fixture
def show(page):
    """Show ann a page of this content under our policy, at an address of our server."""

    def show(content):
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
        page.route("**/made", lambda route: route.fulfill(body=GOOD.format(content), headers=headers))
        page.goto("/made")
        return page

    yield show
    page.watch.allow("")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<script>document.title = 'run'</script>", "Content Security Policy"),
        ('<p style="color: red">red</p>', "Content Security Policy"),
        ('<img alt="" src="http://127.0.0.1:9/x.png">', "127.0.0.1:9"),
        ('<img alt="" src="/no-such">', "404"),
    ],
)
def test_what_a_page_must_not_do_is_seen(show, content, says):
    page = show(content)
    page.wait_for_load_state("networkidle")
    assert says in " ".join(page.watch.wrong())
    assert page.title() == "t"


def test_an_error_of_a_script_is_seen(show):
    page = show("")
    page.evaluate("() => { setTimeout(() => { throw new Error('broken') }) }")
    page.wait_for_timeout(50)
    assert any("broken" in output for output in page.watch.wrong())


def test_a_good_page_is_let_pass_by_watch_and_axe(show):
    page = show("<p>words</p>")
    assert axe.faults(page) == []
    assert page.watch.wrong() == []


@pytest.mark.parametrize(
    "content", ["<input>", "<svg role='img'><path d='M0 0'/></svg>", "<button></button>"]
)
def test_axe_finds_what_is_not_named(show, content):
    assert len(axe.faults(show(content))) == 2  # once a theme
