"""A new job, as somebody finds it who has a mouse or a keyboard: neuron, band, a look at eight, ask."""

import itertools
import json
import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages.catalogue import await_natural_images
from tests.end_to_end.pages.site import MEMBER

SOON = 60_000  # milliseconds for samples to be there, on a machine that does much else
MODEL = "/new?model=scenes"
VOLCANO = f"{MODEL}&neuron=fc8:volcano&low=.95&high=.99&by=quantiles"


def asked(page):
    """The job that the page would post, once it says so."""
    return json.loads(page.locator("#code").get_attribute("data-body"))


def drag(page, start, end):
    """From one place of the histogram to another, each of 0 to 1."""
    box = page.locator(".plot svg.histogram").bounding_box()
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


def test_the_neuron_that_was_typed_is_taken_whatever_was_suggested_before(form):
    field = form.get_by_role("combobox", name="Neuron", exact=True)
    field.fill("vol")
    form.get_by_role("option", name="fc8:volcano").wait_for()
    held = []
    form.route(
        re.compile("/neurons[?]"),
        lambda route: held.append(route),  # noqa: PLW0108 - it looks into what it calls
    )  # a server that takes its time: the list answers the letters before
    form.keyboard.press("Control+a")
    form.keyboard.type("conv5:3", delay=60)
    form.keyboard.press("Enter")
    expect(form.locator("legend a")).to_have_attribute("href", "/models/scenes/neurons/conv5%3A3")
    expect(form.locator("#code")).to_have_attribute("data-body", re.compile("conv5:3"))
    for route in held:
        route.abort()
    form.watch.allow("net::ERR_FAILED")


def test_without_a_connection_the_form_stays_as_it_is(form):
    form.watch.allow("net::ERR_FAILED")  # the browser's own line; an error of a script would be another
    form.route(re.compile("/neurons[?]|/new[?]"), lambda route: route.abort())
    form.get_by_role("combobox", name="Neuron", exact=True).fill("conv5:3")
    form.locator("#by-0").select_option("numbers")
    form.wait_for_timeout(500)
    assert form.get_by_role("combobox", name="Neuron", exact=True).input_value() == "conv5:3"


def test_of_many_suggestions_the_one_whose_name_was_typed_is_taken(form):
    field = form.get_by_role("combobox", name="Neuron", exact=True)
    field.fill("conv5:3")
    form.locator("#suggested li").nth(3).wait_for()
    form.keyboard.press("Enter")
    expect(form.locator("legend a")).to_have_attribute("href", "/models/scenes/neurons/conv5%3A3")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("low", "", "Choose a band: give both ends."),
        ("high", "abc", "“abc” is not a number."),
        ("low", "0.995", "The first end must be lower than the second."),
    ],
)
def test_ends_that_are_no_band_get_a_hint_and_no_picture(form, field, text, words):
    form.locator(f"#{field}-0").fill(text)
    expect(form.locator("[data-says]")).to_have_text(words)
    assert form.locator(".histogram .asked").get_attribute("width") == "0"
    form.locator("#low-0").fill("0.5")
    form.locator("#high-0").fill("0.9")
    expect(form.locator("[data-says]")).to_contain_text("40.00% of natural images")


def test_a_band_that_no_natural_image_reaches_is_said_to_be_so_while_one_types(form):
    warns = form.locator("[data-warns]")
    expect(warns).to_have_text("")
    form.locator("#by-0").select_option("numbers")
    form.locator("#high-0").fill("60")
    form.locator("#low-0").fill("40")
    expect(warns).to_contain_text("No natural image is this high: their maximum is 3.5")


def test_the_band_is_drawn_alike_by_the_server_and_by_the_script(form, open_page):
    plain = open_page(java_script_enabled=False)
    plain.goto(VOLCANO)
    for part in (".histogram .asked", ".histogram .within"):
        for name in ("x", "width"):
            ours, theirs = (float(each.locator(part).get_attribute(name)) for each in (form, plain))
            assert ours == pytest.approx(theirs, abs=2e-3)
    assert form.locator("[data-says]").inner_text() == plain.locator("[data-says]").inner_text()


def test_natural_images_stand_on_the_ruler_and_those_in_the_band_are_marked(page, open_page, site):
    await_natural_images(site)
    page.goto(VOLCANO)
    activations = page.locator(".stands").evaluate_all(
        "all => all.map((each) => Number(each.dataset.activation))"
    )
    assert len(activations) > 7
    assert activations == sorted(activations)
    boxes = page.locator(".stands image").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(boxes))
    inside = page.locator(".stands.inside")
    expect(page.locator("[data-end=low]")).to_be_visible()
    marked = inside.evaluate_all("all => all.map((each) => Number(each.dataset.activation))")
    assert marked == [each for each in activations if 1.61 <= each <= 2.61]
    end(page, "low").focus()
    for _ in range(10):
        page.keyboard.press("PageDown")
    end(page, "low").press("Home")
    expect(inside).to_have_count(sum(each <= 2.61 for each in activations))
    plain = open_page(java_script_enabled=False)
    plain.goto(VOLCANO)
    expect(plain.locator(".stands")).to_have_count(len(activations))
    expect(plain.locator(".stands.inside")).to_have_count(len(marked))


@pytest.mark.parametrize("width", [1280, 1200])
def test_the_fields_of_a_band_stand_in_a_line(form, width):
    form.set_viewport_size({"width": width, "height": 800})
    tops = form.locator(".wanted .fields > .field").evaluate_all(
        "all => all.map((each) => Math.round(each.getBoundingClientRect().top))"
    )
    assert len(tops) == 4
    assert len(set(tops)) == 1


def test_a_bin_of_natural_images_is_taken_as_the_band(form):
    for _ in range(SOON // 1000):  # a worker chooses natural images when it has nothing else to do
        if form.locator(".bin").count():
            break
        form.wait_for_timeout(2000)
        form.reload()
    form.locator(".bin").last.click()
    assert float(form.locator("#high-0").input_value()) == pytest.approx(1)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", [f"{MODEL}&neuron=conv5:3", "/models/scenes/neurons/conv5:3"])
def test_all_columns_of_natural_images_are_seen_and_no_heading_covers_another(page, site, path, width):
    await_natural_images(site)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    page.locator(".bins .bin").first.wait_for()
    boxes = page.locator(".bins .bin").evaluate_all(
        """all => all.map((each) => {
          const range = document.createRange();
          range.selectNodeContents(each);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          return { left, right, top, bottom };
        })"""
    )
    assert len(boxes) > 5
    assert all(box["left"] >= 0 and box["right"] <= width for box in boxes)
    for one, other in itertools.combinations(boxes, 2):
        beside = one["right"] <= other["left"] or other["right"] <= one["left"]
        assert beside or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]


def test_neurons_come_and_go(form):
    form.get_by_role("button", name="Add a neuron").click()
    second = form.locator("#neuron-1")
    second.fill("conv5:3")
    second.press("Enter")
    expect(form.locator(".scale")).to_have_count(2)
    form.get_by_role("button", name="Remove neuron 1").click()
    expect(form.locator("[name=neuron]")).to_have_count(1)
    expect(form.locator("#neuron-0")).to_have_value("conv5:3")


def test_eight_are_previewed_by_themselves_and_leave_nothing_behind(page, site):
    before = jobs(site)
    page.goto(VOLCANO)
    form = page
    expect(form.locator(".eight img")).to_have_count(8, timeout=SOON)
    expect(form.locator("#preview [role=status]")).to_contain_text("8 images", timeout=SOON)
    assert len(jobs(site) - before) == 1
    form.locator("#n").fill("5")
    form.get_by_role("button", name="Make the gallery").click()
    form.wait_for_url("**/jobs/job_*")
    (left,) = jobs(site) - before
    with site.client(MEMBER) as client:
        assert client.wait(left, timeout=SOON / 1000)["progress"]["accepted"] == 5


def test_a_band_that_no_natural_image_reaches_is_not_previewed_by_itself(page, site):
    before = jobs(site)
    page.goto(f"{MODEL}&neuron=fc8:volcano&low=40&high=60")
    expect(page.locator("[data-warns]")).to_contain_text("No natural image is this high")
    expect(page.locator("#preview [role=status]")).to_contain_text("no natural image reaches this band")
    page.wait_for_timeout(2000)
    assert jobs(site) == before
    page.get_by_text("The same request with curl and Python").click()
    expect(page.locator("#curl")).to_be_visible()


def test_without_scripts_it_is_a_form(open_page):
    page = open_page(java_script_enabled=False)
    page.watch.allow("status of 422.*/new")
    page.goto(VOLCANO)
    page.locator("#low-0").fill("0.99")
    page.get_by_role("button", name="Make the gallery").click()
    expect(page.locator(".complaint").first).to_be_visible()
    page.locator("#low-0").fill("0.9")
    page.locator("#n").fill("4")
    page.get_by_role("button", name="Make the gallery").click()
    page.wait_for_url("**/jobs/job_*")


def jobs(site):
    with site.client(MEMBER) as client:
        return {job["id"] for previews in (False, True) for job in client.jobs(preview=previews)}
