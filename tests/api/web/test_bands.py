"""What a form says of a band: on the server as in the script, by one table (``tests/end_to_end/pages/test_bands.py`` tries the script)."""

import json
import math
from pathlib import Path

import pytest

from inverset.api.web import bands
from inverset.api.web.asking import with_band
from inverset.api.web.draft import NeuronRow
from inverset.contract.catalogue import Catalogue

TABLE = json.loads((Path(__file__).parent / "band_cases.json").read_text("utf-8"))
LAYERS = [{"name": "l", "kind": "vector", "units": 9, "labels": sorted(TABLE["neurons"])}]


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: f"{case['low']}..{case['high']}")
def test_as_the_table_has_it(case):
    measured, name = TABLE["neurons"][case["neuron"]], f"l:{case['neuron']}"
    known = {"name": "toy", "sha256": "", "layers": LAYERS, "methods": {}, "neurons": {name: measured}}
    offered = Catalogue.of(known)
    row = NeuronRow(name, case["low"], case["high"], case["by"])
    drawn = with_band(row, offered, offered.neurons[name], "stretched", None)
    assert (drawn.says, drawn.warns) == (case["says"], case["warns"])
    expected = None if "x" not in case else pytest.approx((case["x"], case["width"]), abs=2e-3)
    assert drawn.band == expected


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        ((40.0, 60.0), (3.2, 3.541)),
        ((-90.0, -20.0), (-14.67, -13.2)),
        ((3.0, 9.0), (2.605, 3.541)),
        ((1.0, 1.001), (0.71, 1.611)),
        ((3.541, 3.6), (3.2, 3.541)),
        ((-20.0, 10.0), None),
        ((1.611, 2.605), None),
    ],
)
def test_the_nearest_band_that_natural_images_reach(band, expected):
    assert bands.nearest(TABLE["neurons"]["skewed"]["quantiles"], band) == expected


def test_what_never_varies_has_no_nearest_band():
    assert bands.nearest({"0": 1.0, "1": 1.0}, (2.0, 3.0)) is None


def test_numbers_are_short_and_without_exponents():
    messages = [bands.short(value) for value in (0.0, -0.0, 12345.6, 1e-5, -2.60512, 100.0, math.pi)]
    assert messages == ["0", "0", "12350", "0.00001", "-2.605", "100", "3.142"]
