"""What is laid side by side."""

import pytest

from inverset.contract import comparison
from inverset.contract.comparison import Compared
from inverset.contract.question import Band, Target


def side(name, evidence=None, method="paper", low=1.0, accepted=3):
    spec = {"method": method, "k": 7, "seed": 0, "options": {}}
    return Compared(name, "toy", spec, [Target("fc8:0", Band(low, 2.0))], accepted, evidence)


def compare(several):
    """The comparison as the API answers it."""
    result = comparison.compare(several)
    assert comparison.Comparison.of(result.to_json()) == result
    return result.to_json()


def metric(name, samples, natural=None):
    return {
        "name": name,
        "meaning": f"{name} means.",
        "samples": samples,
        "natural": natural,
        "rejection": None,
    }


def test_every_metric_is_a_row_with_a_value_for_each():
    trust = {"word": "good", "reason": "It is."}
    first = {
        "metrics": [metric("in band", 1.0), metric("precision", 0.9, 0.95)],
        "trust": trust,
        "verdict": ["So."],
    }
    second = {"metrics": [metric("precision", 0.5, 0.94), metric("new", 2.0)]}
    result = compare([side("a", first), side("b"), side("c", second)])
    assert [(row["name"], [*row["samples"]], [*row["natural"]]) for row in result["metrics"]] == [
        ("in band", [1.0, None, None], [None, None, None]),
        ("precision", [0.9, None, 0.5], [0.95, None, 0.94]),
        ("new", [None, None, 2.0], [None, None, None]),
    ]
    assert result["metrics"][1]["meaning"] == "precision means."
    assert [(item["name"], item["trust"], item["verdict"]) for item in result["items"]] == [
        ("a", trust, ["So."]), ("b", None, []), ("c", None, [])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "differ"),
    [({}, []), ({"method": "ppgn"}, ["method"]), ({"low": 0.5, "accepted": 2}, ["ranges", "samples"])],
)
def test_what_is_not_the_same_is_told(changes, differ):
    assert compare([side("a"), side("b", **changes)])["differ"] == differ


def test_titles_are_in_the_units_of_the_request():
    asked = {"neurons": [{"neuron": "fc8:0", "range": {"quantiles": [0.9, 0.99]}}]}
    first, second = side("a"), side("b")
    result = compare([Compared("a", "toy", asked, first.targets, 3, None), second])
    assert [item["title"] for item in result["items"]] == [
        "fc8:0, between its 90th and 99th percentile",
        "fc8:0, activation 1 to 2",
    ]


def test_no_band_is_another_band():
    unbound = Compared("b", "toy", side("b").spec, [Target("fc8:0", Band.of(None))], 3, None)
    assert compare([side("a"), unbound])["differ"] == ["ranges"]
