"""Images are tried on a neuron's page, in a browser and by a worker: chosen, dropped, dragged, and without a script."""

import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages import axe
from tests.end_to_end.pages.catalogue import await_natural_images
from tests.images import SVG, encoded, picture, truncated

SOON = 60_000  # milliseconds, on a machine that does much else
PAGE = "/models/scenes/neurons/fc8:volcano"
GOOD = {"name": "mine.png", "mimeType": "image/png", "buffer": encoded(picture())}
CUT = {"name": "cut.png", "mimeType": "image/png", "buffer": truncated()}
DROP = """(target, files) => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"]) target.dispatchEvent(new DragEvent(kind, options));
}"""


def answers(page):
    expect(page.locator(".answers li").first).to_be_visible(timeout=SOON)
    return page.locator(".answers > li")


def test_chosen_files_are_answered_with_their_thumbnails(page):
    page.goto(PAGE)
    page.locator("#image").set_input_files([GOOD, CUT])
    found = answers(page)
    expect(found).to_have_count(2)
    expect(found.nth(0)).to_contain_text(re.compile(r"mine\.png\s*-?[\d.]+, (above|below)"))
    expect(found.nth(0).locator(".thumb img")).to_have_attribute("src", re.compile("^blob:"))
    expect(found.nth(0).locator(".driven a")).to_have_count(10)
    expect(found.nth(1)).to_contain_text("It cannot be decoded: image file is truncated.")
    expect(page.locator(".pin image")).to_have_count(1)
    assert axe.faults(page) == []
    found.nth(0).locator(".driven a").first.click()
    expect(page).to_have_url(re.compile("/neurons/fc8"))


def test_dropped_files_and_what_is_refused_before_it_is_sent(page):
    page.goto(PAGE)
    content = list(GOOD["buffer"][:2000])
    page.locator("#images").evaluate(DROP, [["a.png", "image/png", content]] * 17)
    expect(page.locator("#tried")).to_contain_text("These are 17 images; send at most 16 at once.")
    page.locator("#images").evaluate(DROP, [["a.svg", "image/svg+xml", list(SVG)]])
    expect(page.locator("#tried")).to_contain_text("a.svg is no PNG, JPEG or WebP image.")
    page.locator("#images").evaluate(DROP, [["a.png", "image/png", list(GOOD["buffer"])]])
    expect(answers(page)).to_have_count(1)


def test_a_natural_image_is_tried_by_its_number_and_by_dragging(page, site):
    await_natural_images(site)
    page.goto(PAGE)
    natural = page.locator("ol.bins img").last
    (number,) = re.findall(r"references/(\d+)\.webp", natural.get_attribute("src"))
    known = natural.get_attribute("title")
    page.get_by_label("or numbers of natural images").fill(number)
    page.keyboard.press("Enter")
    expect(answers(page)).to_have_count(1)
    expect(page.locator(".answers")).to_contain_text(f"natural image {number}")
    expect(page.locator(".answers .which")).to_contain_text(known)
    column = page.locator("ol.bins li").first.locator("img")
    column.first.drag_to(page.locator("#images"))  # or its neighbour, where the page has moved meanwhile
    sources = column.evaluate_all("images => images.map((each) => each.src)")
    numbers = [re.findall(r"references/(\d+)\.webp", each)[0] for each in sources]
    expect(page.locator(".answers")).to_contain_text(
        re.compile(f"natural image ({'|'.join(numbers)})"), timeout=SOON
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_script(open_page, theme):
    page = open_page(java_script_enabled=False, color_scheme=theme)
    page.goto(PAGE)
    page.locator("#image").set_input_files([GOOD])
    page.get_by_role("button", name="Try").click()
    expect(answers(page)).to_have_count(1)
    expect(page.locator(".pin text")).to_have_text("1")
