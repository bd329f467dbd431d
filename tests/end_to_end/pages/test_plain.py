"""Without any script: what a form can do, works."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages import walk
from tests.end_to_end.pages.site import ADMIN, MEMBER


@pytest.fixture
def plain(open_page):
    """A browser without scripts, of somebody."""
    return lambda name: open_page(name, java_script_enabled=False)


def test_a_question_is_asked_and_its_gallery_seen_sorted_and_compared(plain, site, gallery):
    page = plain(None)
    walk.sign_in(page, site.keys[MEMBER])
    job_id = walk.ask(page, "0.9", "0.99")
    end = time.monotonic() + walk.PATIENCE / 1000
    while not page.locator("#live[data-state=succeeded]").count():
        assert time.monotonic() < end
        page.wait_for_timeout(500)
        page.goto(f"/jobs/{job_id}")
    expect(page.locator("#gallery .cell")).to_have_count(walk.N)
    page.locator("select[name=order]").select_option(label="low to high")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile("order=activation"))
    expect(page.locator("#gallery .cell .caption")).to_have_count(walk.N)
    messages = [float(each) for each in page.locator("#gallery .cell .caption").all_inner_texts()]
    assert messages == sorted(messages)
    page.locator("form[action='/compare'] select").select_option(value=gallery)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="2 side by side")).to_be_visible()


def test_jobs_are_marked_and_compared(plain, gallery, site):
    other = site.gallery(n=4)
    page = plain(MEMBER)
    page.goto("/jobs")
    for job_id in (gallery, other):
        page.locator(f"input[value={job_id}]").check()
    page.get_by_role("button", name="Compare the selected galleries").click()
    expect(page.get_by_role("heading", name="2 side by side")).to_be_visible()
    page.goto("/compare")
    page.get_by_role("button", name="Compare").click()
    assert re.search(r"/compare\?$|/compare$", page.url)


def test_an_admin_lets_somebody_in_and_out_again(plain, site):
    page = plain(ADMIN)
    page.goto("/admin")
    page.get_by_label("Name", exact=True).fill("dora")
    page.get_by_role("button", name="Add", exact=True).click()
    dora = page.locator(".users > li").filter(has_text="dora")
    dora.locator("summary").click()
    dora.get_by_role("button", name="Make a key").click()
    key = page.locator("#new-key").inner_text()
    other = plain(None)
    walk.sign_in(other, key)
    dora.locator("details.sure summary").click()
    dora.get_by_role("button", name="Revoke the key").click()
    page.wait_for_url("**/admin")
    other.goto("/jobs")
    expect(other.get_by_label("Key")).to_be_visible(timeout=3000)


def test_an_admin_pauses_and_resumes(plain, site):
    page = plain(ADMIN)
    page.goto("/admin")
    page.get_by_role("button", name="Pause").click()
    try:
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        page.goto("/queue")
        expect(page.get_by_text("no new sampling starts")).to_be_visible()
    finally:  # else all tests after this one wait for ever
        page.goto("/admin")
        page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
