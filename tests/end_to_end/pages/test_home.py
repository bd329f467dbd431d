"""The home page by keyboard alone, and without any script."""

import re

from playwright.sync_api import expect

from tests.end_to_end.pages.site import MEMBER


def test_a_neuron_is_found_by_keyboard_alone(page):
    page.goto("/")
    page.get_by_role("combobox", name="Neuron").focus()
    page.keyboard.type("volc")
    option = page.get_by_role("option", name="fc8:volcano of scenes", exact=True)
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/scenes/neurons/fc8*volcano")


def test_without_a_script_a_neuron_is_found_and_a_gallery_gets_a_name_and_a_star(open_page, gallery):
    page = open_page(MEMBER, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Neuron: a label").fill("volcano")
    page.get_by_role("button", name="Find neuron").click()
    page.wait_for_url(re.compile("/models/scenes/neurons/fc8(:|%3A)volcano"))
    page.goto(f"/jobs/{gallery}/labels?then=/")
    page.get_by_label("Name", exact=True).fill("Seen without a script")
    page.get_by_role("button", name="Save").click()
    card = page.locator(".shown").filter(has_text="Seen without a script")
    card.get_by_role("button", name="Star").click()
    expect(card.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")


def test_a_title_counts_what_runs_and_a_gallery_appears_when_it_is_ready(page, site):
    with site.client() as ann:
        job_id = ann.submit(
            {
                "model": "scenes",
                "neurons": [{"neuron": "fc8:fish", "range": {"quantiles": [0.5, 0.9]}}],
                "n": 40,
            }
        )["id"]
        page.goto("/")
        if page.locator(f"[data-job={job_id}]").count():  # it may have ended by now
            expect(page).to_have_title(re.compile(r"^\(\d+ running\)"))
        ann.wait(job_id)
    expect(page.locator(f"#listed a[href='/jobs/{job_id}']")).to_be_visible(timeout=30_000)
    expect(page).to_have_title(re.compile(r"^(Home|\(\d+ running\))"))
