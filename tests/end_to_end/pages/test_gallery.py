"""A job while it runs, its gallery, an image of it, and the gallery that was downloaded: as a reader goes through them."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages import axe
from tests.end_to_end.pages.site import BODY

COUNT, PICKED = BODY["n"], 3
CAPTIONS = ".field-of-cells .caption"


@pytest.fixture
def show(page, gallery):
    """Ann's gallery, once all samples are there."""

    def show(query=""):
        page.goto(f"/jobs/{gallery}{query}")
        page.locator(".field-of-cells .cell").first.wait_for()
        return page

    return show


@pytest.fixture
def readings(site, gallery):
    """Activations by the samples' numbers."""
    with site.client() as client:
        return {each["index"]: next(iter(each["activations"].values())) for each in client.samples(gallery)}


def numbers(page):
    """Of the samples in the grid, in its order."""
    links = page.locator(".field-of-cells .cell a").evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    )
    return [int(re.search(r"(\d+)(\.png)?(\?.*)?$", link)[1]) for link in links]


def test_samples_are_sorted(show, readings):
    page = show()
    assert numbers(page) == sorted(readings, key=readings.get)
    page.get_by_label("Sort").select_option("in the order found")
    assert numbers(page) == list(range(COUNT))
    page.get_by_label("Sort").select_option("high to low")
    assert numbers(page) == sorted(readings, key=readings.get, reverse=True)
    assert [float(text) for text in page.locator(CAPTIONS).all_inner_texts()] == pytest.approx(
        sorted(readings.values(), reverse=True), rel=1e-3
    )


def test_the_band_is_narrowed_with_the_keyboard_and_stands_in_the_address(show, readings):
    page = show("?sort=index")
    handle = page.get_by_role("slider", name="show activations from")
    handle.focus()
    while len(numbers(page)) == COUNT:  # in small steps: many samples lie close together
        handle.press("ArrowRight")
        page.wait_for_timeout(20)
    kept = numbers(page)
    least = min(readings[number] for number in kept)
    assert kept == [number for number, value in readings.items() if value >= least]
    assert page.get_by_text(f"{len(kept)} of {COUNT} images").is_visible()
    page.reload()
    page.get_by_text(f"{len(kept)} of {COUNT} images").wait_for()
    assert numbers(page) == kept


def test_some_are_chosen_with_the_keyboard_and_downloaded(show, tmp_path):
    page = show("?sort=index")
    grid = page.get_by_role("list", name="Images. Arrow keys")
    grid.focus()
    for key in ("ArrowRight", "ArrowRight", "Space", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.get_by_text(f"{PICKED} chosen").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download chosen").click()
    archive = zipfile.ZipFile(download.value.path())
    assert [each["index"] for each in json.loads(archive.read("manifest.json"))["samples"]] == [1, 2, 3]
    page.get_by_role("button", name="Choose none").click()
    assert not page.locator("[data-chosen]").is_visible()


def test_samples_are_chosen_with_the_mouse(show):
    page = show("?sort=index")
    page.get_by_label("choose image 2", exact=True).click()
    page.get_by_label("choose image 5", exact=True).click(modifiers=["Shift"])
    page.get_by_text("4 chosen").wait_for()
    assert page.get_by_role("link", name="Download chosen").get_attribute("href").endswith("?samples=2-5")


def test_the_map_tells_and_opens_a_sample(show):
    page = show()
    page.get_by_role("button", name="Map", exact=True).click()
    plane = page.get_by_role("application", name=f"Map of {COUNT} images")
    plane.focus()
    plane.press("ArrowRight")
    answer = page.locator(".map [aria-live]")
    assert answer.inner_text().startswith("image ")
    number = int(answer.inner_text().split()[1].rstrip(":"))
    plane.press("Enter")
    assert page.locator("dialog .large").nth(1).get_attribute("src").endswith(f"/samples/{number}.png")
    page.get_by_role("link", name="Open page").click()
    page.wait_for_url(f"**/samples/{number}?view=map")


def test_the_map_is_zoomed_and_moved(show):
    page = show()
    page.get_by_role("button", name="Map", exact=True).click()
    plane = page.get_by_role("application", name=f"Map of {COUNT} images")
    plane.wait_for()
    whole, closer = (page.get_by_role("button", name=name) for name in ("Show the whole map", "Zoom in"))
    expect(whole).to_be_disabled()  # all of it is shown
    expect(plane).not_to_have_class("zoomed")
    closer.click()
    expect(whole).to_be_enabled()
    expect(plane).to_have_class("zoomed")
    before = plane.screenshot()
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 240, steps=4)
    page.mouse.up()
    assert page.locator("dialog[open]").count() == 0, "a drag opens nothing"
    assert plane.screenshot() != before
    plane.focus()
    for _ in range(COUNT):
        plane.press("ArrowRight")
    plane.press("0")
    expect(whole).to_be_disabled()
    plane.press("+")
    expect(whole).to_be_enabled()


def test_a_dialog_shows_an_image_beside_the_natural_image_nearest_to_it(show, gallery, readings):
    page = show()
    near = page.evaluate(
        "path => fetch(path).then((answer) => answer.json())", f"/jobs/{gallery}/nearest.json"
    )
    rising = sorted(readings, key=readings.get)
    page.locator(".field-of-cells .cell a").nth(3).click()
    dialog = page.get_by_role("dialog", name="Image")
    for at in (3, 4):
        captions = dialog.locator("figcaption b")
        expect(captions).to_have_count(2)
        shown = [float(text.split()[-1]) for text in captions.all_inner_texts()]
        assert shown == pytest.approx([readings[rising[at]], near["activations"][rising[at]]], rel=1e-3)
        page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.get_by_text("1 chosen").wait_for()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    focused = page.evaluate("document.activeElement.pathname")
    assert focused == f"/jobs/{gallery}/samples/{rising[5]}"


def test_a_kind_of_image_filters_the_grid(page, site):
    job = site.gallery(n=40, neurons=[{"neuron": "fc8:volcano", "range": {"quantiles": [0.9, 0.99]}}])
    page.goto(f"/jobs/{job}")
    page.locator(".field-of-cells .cell").first.wait_for()
    kinds = page.evaluate("path => fetch(path).then((answer) => answer.json())", f"/jobs/{job}/kinds.json")
    assert sum(length for runs in kinds for _, length in runs) == 40
    members = {first + at for first, length in kinds[1] for at in range(length)}
    button = page.locator(".kind button").nth(1)
    button.press("Enter")
    page.get_by_text(f"{len(members)} of 40 images").wait_for()
    assert set(numbers(page)) == members
    assert button.get_attribute("aria-pressed") == "true"
    page.reload()
    page.get_by_text(f"{len(members)} of 40 images").wait_for()
    page.locator(".kind button").nth(1).click()
    page.locator("[data-shown]").get_by_text("40 images", exact=True).wait_for()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_first_screen_has_the_verdict_the_band_and_natural_images(show, width, height):
    page = show()
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("scrollTo(0, 0)")
    for part in (".trail", "h1", ".trust-line .word", ".facts", ".among", ".side.here .naturals", ".sampled"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= height, part


def test_a_shared_gallery_is_read_without_a_key(page, open_page, gallery):
    page.goto(f"/jobs/{gallery}#share")
    page.get_by_role("button", name="Make a read-only link").click()
    link = page.locator("#link").inner_text()
    reader = open_page(None)
    reader.goto(link)
    reader.locator(".field-of-cells .cell").first.wait_for()
    assert len(numbers(reader)) == COUNT
    reader.locator(".field-of-cells .cell a").first.click()
    expect(reader.get_by_role("dialog", name="Image")).to_be_visible()
    reader.keyboard.press("Escape")
    reader.get_by_role("button", name="Map", exact=True).click()
    reader.get_by_role("application", name=f"Map of {COUNT} images").wait_for()
    assert axe.faults(reader) == []
    page.goto(f"/jobs/{gallery}")
    page.get_by_role("button", name="Withdraw").first.click()
    page.wait_for_url("**#share")
    reader.watch.allow("status of 404")
    assert reader.goto(link).status == 404


def test_nearest_reference_images_stand_beside(show):
    page = show()
    page.get_by_label("show the nearest natural image").check()
    page.locator(".nearest").first.wait_for()
    assert page.locator(".nearest").count() == COUNT
    shown = page.locator(".nearest").first.evaluate("each => getComputedStyle(each).backgroundImage")
    assert "references.webp" in shown


def test_below_a_nearest_natural_image_stands_its_own_activation_and_no_distance(show, gallery):
    page = show("?sort=index")
    answer = page.evaluate(
        "path => fetch(path).then((answer) => answer.json())", f"/jobs/{gallery}/nearest.json"
    )
    page.get_by_label("show the nearest natural image").check()
    page.locator(".nearest").first.wait_for()
    below = [float(text) for text in page.locator(f"{CAPTIONS} span").all_inner_texts()]
    assert below == pytest.approx(answer["activations"], rel=1e-3)
    title = page.locator(".nearest").first.get_attribute("title")
    assert title.startswith(f"natural image {answer['numbers'][0]}, fc8:volcano ")
    assert "at distance" in title


def test_the_way_back_leads_to_the_same_order_filter_and_place(show, readings):
    page = show("?sort=-0&size=152")
    page.set_viewport_size({"width": 700, "height": 500})
    handle = page.get_by_role("slider", name="show activations to")
    handle.focus()
    while len(numbers(page)) == COUNT:
        handle.press("ArrowLeft")
        page.wait_for_timeout(20)
    falling = [at for at in sorted(readings, key=readings.get, reverse=True) if at in numbers(page)]
    kept, address = page.locator("[data-shown]").inner_text(), page.evaluate("location.search")
    assert kept == f"{len(falling)} of {COUNT} images"
    cell = page.locator(".field-of-cells .cell a").nth(2)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    place = page.evaluate("scrollY")
    cell.click()
    page.get_by_role("link", name="Open page").click()
    page.wait_for_url(f"**/samples/{falling[2]}?*")
    for step in (3, 4):  # in the order that was shown
        page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**/samples/{falling[step]}?*")
    page.keyboard.press("Escape")
    page.wait_for_url("**#gallery")
    page.locator(".field-of-cells .cell").first.wait_for()
    assert page.evaluate("location.search") == address
    assert page.locator("[data-shown]").inner_text() == kept
    assert numbers(page) == falling
    assert page.get_by_label("Sort").input_value() == "-0"
    assert page.evaluate("scrollY") == pytest.approx(place, abs=2)


def test_the_view_and_the_size_stand_in_the_address(show):
    page = show()
    page.get_by_role("button", name="Map", exact=True).click()
    page.locator(".map canvas").wait_for()
    assert "view=map" in page.evaluate("location.search")
    page.reload()
    page.locator(".map canvas").wait_for()
    assert page.get_by_role("button", name="Map", exact=True).get_attribute("aria-pressed") == "true"


def test_keys_go_from_one_image_to_the_next_and_back_to_the_gallery(show, readings):
    page = show()
    rising = sorted(readings, key=readings.get)
    page.locator(".field-of-cells .cell a").nth(4).click()
    page.get_by_role("link", name="Open page").click()
    page.wait_for_url(f"**/samples/{rising[4]}")
    page.keyboard.press("ArrowUp")
    page.wait_for_url(f"**/samples/{rising[5]}")
    there = rising[5]
    page.keyboard.press("ArrowRight")  # in the order that was shown
    page.wait_for_url(f"**/samples/{rising[rising.index(there) + 1]}")
    page.keyboard.press("Escape")
    page.wait_for_url("**/jobs/*#gallery")


def test_without_a_script_the_gallery_is_there(open_page, gallery):
    page = open_page(java_script_enabled=False)
    page.goto(f"/jobs/{gallery}")
    shown = [float(text) for text in page.locator(".cells .caption").all_inner_texts()]
    assert len(shown) == COUNT
    assert shown == sorted(shown)
    page.locator("[name=order]").select_option("in the order found")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**order=index**")
    links = page.locator(".cells a").evaluate_all("all => all.map(each => each.pathname.split('/').pop())")
    assert [int(each) for each in links] == list(range(COUNT))


def test_a_job_is_followed_to_its_end_and_can_be_stopped(page, site):
    with site.client() as client:
        job = client.submit({**BODY, "n": 4000})["id"]
    page.goto(f"/jobs/{job}")
    page.locator(".field-of-cells .cell").first.wait_for(timeout=60_000)
    seen = page.locator(".field-of-cells .cell").count()
    page.wait_for_function(
        "seen => document.querySelectorAll('.field-of-cells .cell').length > seen", arg=seen
    )
    page.get_by_role("button", name="Cancel").click()
    page.locator("#live[data-state=canceled]").wait_for(timeout=60_000)
    page.get_by_role("button", name="Try again").wait_for()
    page.watch.allow(f"status of 404.*/{job}/samples/")  # images of the last samples may still be loading
    page.get_by_text("More", exact=True).click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete the gallery").click()
    page.wait_for_url("**/jobs")


def test_the_downloaded_gallery_is_the_same_from_disk(browser, site, gallery, tmp_path):
    with site.client() as client:
        client.download(gallery, tmp_path / "gallery")
    page = browser.new_page()
    question, wrong = [], []
    page.on("request", lambda request: question.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"file://{tmp_path}/gallery/index.html")
    page.locator("[data-shown]").get_by_text(f"{COUNT} images", exact=True).wait_for()
    shown = [float(text) for text in page.locator(CAPTIONS).all_inner_texts()]
    assert shown == sorted(shown)
    page.get_by_label("show the nearest natural image").check()
    assert page.locator(".nearest").count() == COUNT
    first = numbers(page)[0]
    page.locator(".field-of-cells .cell a").first.click()
    large = page.locator("dialog img.large").nth(1)
    assert large.get_attribute("src") == f"images/{first:06d}.png"
    page.keyboard.press("ArrowRight")
    assert large.get_attribute("src") == f"images/{numbers(page)[1]:06d}.png"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Map", exact=True).click()
    page.get_by_role("application", name=f"Map of {COUNT} images").wait_for()
    page.context.close()
    assert wrong == []
    assert {url.split(":")[0] for url in question} <= {"file", "data"}
