"""A new job, as somebody finds it who has a mouse or a keyboard: neuron, band, a look at eight, ask."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages.site import MEMBER

SOON = 60_000  # milliseconds for samples to be there, on a machine that does much else
MODEL = "/new?model=scenes"
VOLCANO = f"{MODEL}&neuron=fc8:volcano&low=.95&high=.99&by=quantiles"


def asked(page):
    """The job that the page would post, once it says so."""
    return json.loads(page.locator("#code").get_attribute("data-body"))


def drag(page, start, end):
    """From one place of the histogram to another, each of 0 to 1."""
    box = page.locator(".plot svg").bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, height, steps=5)
    page.mouse.up()


@pytest.fixture
def form(page):
    """The page, with the volcano neuron."""
    page.goto(VOLCANO)
    expect(page.locator("#preview")).to_be_visible()
    return page


def end(page, name):
    return page.locator(f"[data-end={name}]")


def place(page, name):
    return float(end(page, name).input_value())


def test_a_neuron_is_found_by_a_few_letters(form):
    field = form.get_by_role("combobox", name="Neuron", exact=True)
    field.click()
    field.fill("cact")
    form.get_by_role("option", name="fc8:cactus").wait_for()
    form.keyboard.press("ArrowDown")
    form.keyboard.press("Enter")
    expect(form.locator("legend a")).to_have_attribute("href", "/models/scenes/neurons/fc8%3Acactus")
    expect(form.locator("#code")).to_have_attribute("data-body", re.compile("fc8:cactus"))
    assert asked(form)["neurons"] == [{"neuron": "fc8:cactus", "range": {"quantiles": [0.95, 0.99]}}]


def test_the_band_is_dragged(form):
    low, high = place(form, "low") / 100, place(form, "high") / 100
    drag(form, low, 0.5)
    assert place(form, "low") == pytest.approx(50, abs=1)
    assert place(form, "high") == pytest.approx(100 * high, abs=0.2)
    drag(form, 0.55, 0.6)  # the band itself
    assert (place(form, "low"), place(form, "high")) == (
        pytest.approx(55, abs=1.5),
        pytest.approx(100 * high + 5, abs=1.5),
    )
    quantiles = [float(form.locator(f"#{name}-0").input_value()) for name in ("low", "high")]
    expect(form.locator("#code")).to_have_attribute("data-body", re.compile(re.escape(str(quantiles[0]))))
    assert asked(form)["neurons"][0]["range"] == {"quantiles": quantiles}


def test_the_band_is_moved_by_keys_and_numbers_say_the_same(form):
    form.locator("#by-0").select_option("numbers")
    before = float(form.locator("#high-0").input_value())
    assert before == pytest.approx(2.605, abs=0.01)
    end(form, "high").focus()
    for _ in range(20):
        form.keyboard.press("ArrowRight")
    after = float(form.locator("#high-0").input_value())
    assert after > before
    assert f"{after:g}" in end(form, "high").get_attribute("aria-valuetext")
    form.locator("#low-0").fill("2")
    assert form.locator("[data-says]").inner_text().startswith(f"2 to {after:g}:")
    drag(form, 0.99, 0.995)  # beyond everything that was seen
    assert float(form.locator("#high-0").input_value()) > 3.6


def test_a_bin_of_natural_images_is_taken_as_the_band(form):
    for _ in range(SOON // 1000):  # a worker chooses natural images when it has nothing else to do
        if form.locator(".bin").count():
            break
        form.wait_for_timeout(2000)
        form.reload()
    form.locator(".bin").last.click()
    assert float(form.locator("#high-0").input_value()) == pytest.approx(1)


def test_neurons_come_and_go(form):
    form.get_by_role("button", name="Add a neuron").click()
    second = form.locator("#neuron-1")
    second.fill("conv5:3")
    second.press("Enter")
    expect(form.locator(".scale")).to_have_count(2)
    form.get_by_role("button", name="Remove neuron 1").click()
    expect(form.locator("[name=neuron]")).to_have_count(1)
    expect(form.locator("#neuron-0")).to_have_value("conv5:3")


def test_eight_are_looked_at_and_leave_nothing_behind(form, site):
    before = jobs(site)
    form.get_by_role("button", name="Eight samples").click()
    expect(form.locator(".eight img")).to_have_count(8, timeout=SOON)
    expect(form.locator("#preview [role=status]")).to_contain_text("8 samples", timeout=SOON)
    assert len(jobs(site) - before) == 1
    form.locator("#n").fill("5")
    form.get_by_role("button", name="Ask for these samples").click()
    form.wait_for_url("**/jobs/job_*")
    (left,) = jobs(site) - before
    with site.client(MEMBER) as client:
        assert client.wait(left, timeout=SOON / 1000)["progress"]["accepted"] == 5


def test_without_scripts_it_is_a_form(open_page):
    page = open_page(java_script_enabled=False)
    page.watch.allow("status of 422.*/new")
    page.goto(VOLCANO)
    page.locator("#low-0").fill("0.99")
    page.get_by_role("button", name="Ask for these samples").click()
    expect(page.locator(".complaint").first).to_be_visible()
    page.locator("#low-0").fill("0.9")
    page.locator("#n").fill("4")
    page.get_by_role("button", name="Ask for these samples").click()
    page.wait_for_url("**/jobs/job_*")


def jobs(site):
    with site.client(MEMBER) as client:
        return {job["id"] for job in client.jobs()}
