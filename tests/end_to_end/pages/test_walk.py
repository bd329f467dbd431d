"""A new user, from pasting a key to a gallery opened from disk: on the embedded server and on the whole service."""

import pytest

from tests import chromium
from tests.end_to_end.pages import axe, walk
from tests.end_to_end.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(params=["embedded", "stack"])
def place(request, tmp_path):
    """The URL of a server, and a key of a user who has nothing yet."""
    if chromium.SKIPPED:
        pytest.skip("no browser is wanted")
    if request.param == "embedded":
        site = request.getfixturevalue("site")
        yield site.url, site.let_in("newcomer")
        return
    with Stack(tmp_path / "stack") as stack:
        yield stack.url, stack.key("newcomer")


def test_from_a_key_to_a_gallery_on_disk(open_page, place, tmp_path):
    url, key = place
    page = open_page(None, url)
    walk.sign_in(page, key)
    first = walk.ask(page, "0.95", "0.99")
    walk.watch(page)
    walk.look(page)
    second = walk.ask(page, "0.3", "0.6")
    walk.watch(page)
    walk.compare(page, second, first)
    file = walk.download(page, second, tmp_path / "gallery")
    page.get_by_role("button", name="Sign out").click()
    walk.read(page, file)
    assert axe.faults(page) == []
