"""A question is one value from the request to the manifest."""

import math

import pytest

from inverset.contract.decoding import Malformed
from inverset.contract.errors import ProblemError
from inverset.contract.question import Band, Budget, Question, Target, describe, targets

ASKED = [{"neuron": "fc8:volcano", "range": [2, 5]}, {"neuron": "conv5:3@max", "range": None}]


def question(**more):
    return Question("toy", "0" * 64, targets(ASKED), "calibrated", n=100, k=7, seed=3, **more)


def test_targets_are_json_and_back():
    assert question().ranges == ASKED
    assert question().neurons == ("fc8:volcano", "conv5:3@max")
    assert describe(question().targets) == "fc8:volcano in 2 to 5 and conv5:3@max at any activation"
    assert question().kind == "intersection"


def test_a_part_has_its_share_of_the_budget():
    part = question(budget=Budget(300, 30.0)).part(25, 9)
    assert (part.n, part.seed, part.k) == (25, 9, 7)
    assert part.budget == Budget(75, 7.5)
    assert question(budget=Budget(3)).part(1, 9).budget == Budget(1)  # none is left without
    assert question().part(25, 9).budget == Budget()


@pytest.mark.parametrize("pair", [(2, 2), (3, 2), (math.nan, 1), (0, math.inf), (-math.inf, 0)])
def test_a_band_holds_numbers(pair):
    with pytest.raises(ProblemError):
        Band(*pair)


@pytest.mark.parametrize(("value", "distance"), [(1, 1), (2, 0), (3, -1), (5, 0), (6.5, 1.5)])
def test_the_distance_to_a_band(value, distance):
    assert Band(2, 5).distance(value) == distance


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        {},
        {"neuron": 3, "range": None},
        *({"neuron": "a:1", "range": each} for each in ([1], [2, 1], "12", [0, math.inf])),
    ],
)
def test_what_is_no_target_is_told(wrong):
    with pytest.raises(Malformed):
        Target.from_json(wrong)
