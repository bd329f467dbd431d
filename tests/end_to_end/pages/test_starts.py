"""A downloaded gallery of counterfactuals: each beside the starting image."""

import numpy as np
import pytest

from inverset import gallery
from inverset.contract.manifest import Manifest, NamedModel
from inverset.contract.question import Band, Target

COUNT = 5


@pytest.fixture
def page(browser, tmp_path):
    """The gallery's page, opened from disk; a test fails where it errs."""
    random = np.random.default_rng(0)
    images, starts = random.integers(0, 256, (2, COUNT, 8, 8, 3), dtype=np.uint8)
    values = np.linspace(1, 2, COUNT, dtype=np.float32)[:, None]
    rows = np.arange(3 * COUNT, dtype=np.float32).reshape(-1, 3)
    manifest = Manifest(
        NamedModel("toy", "0" * 64), (Target("fc8:volcano", Band(1, 2)),), (), {}, {"reason": "reached n"}
    )
    arrays = {"codes": rows, "features": rows, "activations": values}
    began = gallery.Began(starts, values - 3)
    gallery.write(gallery.of_arrays(manifest, images, arrays, [(1, -1)] * COUNT, began=began), tmp_path)
    made, wrong = browser.new_page(), []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("requestfailed", lambda request: wrong.append(request.url))
    made.goto(f"file://{tmp_path}/index.html")
    made.locator(".field-of-cells .cell").first.wait_for()
    yield made
    made.close()
    assert wrong == []


def test_pairs_are_shown_until_they_are_put_away(page):
    starts = page.locator(".field-of-cells .start")
    assert starts.evaluate_all("all => all.map(each => each.getAttribute('src'))") == [
        f"starts/{number:06d}.png" for number in range(COUNT)
    ]
    captions = page.locator(".field-of-cells .caption")
    assert captions.all_inner_texts()[:2] == ["-2 → 1", "-1.75 → 1.25"]
    first, picture = starts.first.bounding_box(), page.locator(".field-of-cells .cell a").first.bounding_box()
    assert first["x"] + first["width"] <= picture["x"]
    assert (first["y"], first["width"]) == (picture["y"], pytest.approx(picture["width"], abs=1))
    page.get_by_label("show the starting image").uncheck()
    assert starts.count() == 0
    assert captions.all_inner_texts()[:2] == ["1", "1.25"]


def test_a_sample_is_opened_beside_its_start(page):
    page.locator(".field-of-cells .cell a").nth(1).click()
    images = page.locator("dialog img").evaluate_all("all => all.map(each => each.getAttribute('src'))")
    assert images == ["starts/000001.png", "images/000001.png"]
    captions = page.locator("dialog figcaption").all_inner_texts()
    assert [" ".join(each.split()) for each in captions[:2]] == [
        "began as fc8:volcano -1.75",
        "this image fc8:volcano 1.25",
    ]
