"""A gallery as a figure for a paper, and its citation."""

import re
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from inverset import gallery
from inverset.contract.question import Band, Question, Target
from inverset.gallery.citation import citation
from inverset.gallery.drawing import SCALE
from inverset.gallery.figure import LABEL, SIDE, WIDTH, figure
from tests.gallery.test_gallery import BAND, EVIDENCE, NEAREST, PLACED, make

SVG = {"svg": "http://www.w3.org/2000/svg"}
AROUND = {
    "below": {"numbers": [7], "activations": [-0.5], "quantiles": [0.5, 0.75]},
    "inside": {"numbers": [9, 5], "activations": [0.5, 0.7], "quantiles": [0.75, 1.0]},
    "above": {"numbers": [], "activations": [], "quantiles": None},
}


def made(count=5):
    numbers = [9, 7, 5]
    sheet = gallery.nearest_references.sheet([np.full((8, 8, 3), 20 * each, np.uint8) for each in numbers])
    near = {**NEAREST, "sheet": gallery.nearest_references.described(numbers)}
    evidence = {**EVIDENCE, "bands": [{**BAND, **PLACED}], "nearest_reference": near, "surroundings": AROUND}
    return make(count, evidence=evidence, sheets={"references.webp": sheet})[0]


def test_both_kinds_show_the_band_natural_images_samples_and_a_caption():
    drawn = figure(made())
    tree = ET.fromstring(drawn.svg())
    texts = [each.text for each in tree.findall("svg:text", SVG)]
    assert texts[0] == "volcano, activation 0 to 1"
    assert {"just below", "this band", "just above", "-1", "1"} <= set(texts)
    pictures = tree.findall("svg:image", SVG)
    natural = [each for each in pictures if float(each.get("x")) < LABEL + 2 * SIDE]
    assert len(natural) == 3
    assert len(pictures) == 3 + 5
    caption = " ".join(texts)
    assert "5 of 5 images sampled for fc8:volcano (0 to 1) of toy" in caption
    assert "Trust: do not trust." in caption
    with Image.open(BytesIO(drawn.png())) as image:
        assert (image.width, image.height) == (SCALE * WIDTH, round(SCALE * drawn.height))
        assert round(image.info["dpi"][0]) == 100 * SCALE


def test_the_band_is_red_where_it_lies_on_the_axis():
    with Image.open(BytesIO(figure(made()).png())) as image:
        row = np.asarray(image)[SCALE * (24 + 46 + 2)]
    red = np.flatnonzero((row == (0xA8, 0x3D, 0x25)).all(axis=1))
    assert (red.min(), red.max()) == pytest.approx((SCALE * WIDTH / 2, SCALE * WIDTH), abs=2)


@pytest.mark.parametrize("count", [0, 1])
def test_a_gallery_without_natural_images_or_samples_is_drawn_too(count):
    drawn = figure(make(count)[0])
    assert f"{count} of {count} images" in drawn.svg().decode()
    assert drawn.png().startswith(b"\x89PNG")


def test_names_are_escaped():
    drawn = figure(make(1, neuron="fc8:<b>&")[0]).svg()
    assert "<b>" not in drawn.decode()
    ET.fromstring(drawn)


def test_a_gallery_is_cited_as_bibtex_and_in_a_line():
    question = Question(
        "my_model", "ab" * 32, (Target("fc8:volcano", Band(1, 2)),), "conditional", 100, 8, seed=7
    )
    requested = {"neurons": [{"range": {"quantiles": [0.95, 0.99]}}]}
    found = citation("job_1", question, requested, datetime(2026, 11, 30, tzinfo=UTC))
    assert found.bibtex.startswith("@misc{inverset-1,\n")
    assert r"my\_model" in found.bibtex
    assert "year = {2026}," in found.bibtex
    assert found.bibtex.count("{") - found.bibtex.count(r"\{") == found.bibtex.count("}")
    assert "volcano, between its 95th and 99th percentile" in found.line
    assert re.search(
        r"model my_model \(weights abababababab\), method conditional, 100 images, seed 7", found.line
    )
