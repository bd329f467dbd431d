"""What a form says of a band: in the script as on the server, by one table (``tests/api/web/test_bands.py`` tries the server)."""

import json

import pytest

from inverset.api.web.rendering import STATIC
from inverset.api.web.scales import Scale
from tests.api.web.test_bands import TABLE

RULES = (STATIC / "band_rules.js").read_text("utf-8")


def test_as_the_table_has_it(browser):
    page = browser.new_page()
    page.add_script_tag(content=RULES)
    knots = {name: Scale.percentiles(each["quantiles"]).knots for name, each in TABLE["neurons"].items()}
    for case in TABLE["cases"]:
        question = {**case, "measured": TABLE["neurons"][case["neuron"]], "knots": knots[case["neuron"]]}
        answer = page.evaluate(
            """({ measured, knots, low, high, by }) => {
              const { says, warns, band } = bandRules.describe(measured, low, high, by);
              return { says, warns, drawn: band && bandRules.across(knots, band) };
            }""",
            question,
        )
        name = json.dumps(case)
        assert (answer["says"], answer["warns"]) == (case["says"], case["warns"]), name
        expected = None if "x" not in case else {"x": case["x"], "width": case["width"]}
        assert answer["drawn"] == (expected and pytest.approx(expected, abs=2e-3)), name
    page.close()
