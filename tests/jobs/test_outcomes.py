"""Parts' reasons become the job's."""

import pytest

from inverset.contract.outcome import Outcome
from inverset.contract.question import Band, Target
from inverset.jobs import outcomes

TARGETS = (Target("a:1", Band(2, 3)), Target("a:2", Band(0, 1)))


def part(reason, detail="", best=None, blocked_by=None):
    return Outcome(reason, detail, best or {}, blocked_by or {})


REACHED, SPENT, LOST = part("reached n"), part("budget spent", "late"), part("unreachable", "never")


def test_one_part_speaks_for_itself():
    assert outcomes.merged([SPENT], TARGETS, 3, 5) == SPENT


@pytest.mark.parametrize(
    ("parts", "accepted", "reason", "detail"),
    [
        ([REACHED, REACHED], 4, "reached n", "4 of 4 samples in 2 parts; reached n"),
        ([REACHED, SPENT, SPENT], 3, "budget spent", "3 of 4 samples in 3 parts; late"),
        ([SPENT, LOST], 2, "unreachable", "2 of 4 samples in 2 parts; late; never"),
    ],
)
def test_several_parts(parts, accepted, reason, detail):
    result = outcomes.merged(parts, TARGETS, accepted, 4)
    assert (result.reason, result.detail) == (reason, detail)


def test_the_best_is_the_nearest_to_its_range():
    parts = [
        part("unreachable", "", {"a:1": 1.0, "a:2": 0.5}, {"low of a:1": 1.0}),
        part("unreachable", "", {"a:1": 3.5, "a:2": None}, {"low of a:1": 0.5, "norm": 0.5}),
    ]
    result = outcomes.merged(parts, TARGETS, 0, 4)
    assert result.best == {"a:1": 3.5, "a:2": 0.5}
    assert result.blocked_by == {"low of a:1": 0.75, "norm": 0.25}


def test_counts_move_with_one_part():
    total = {"steps": 10, "seconds": 1.5}
    moved = outcomes.moved(total, {"steps": 4, "seconds": 0.5}, {"steps": 7, "seconds": 1.0, "accepted": 2})
    assert moved == {"steps": 13, "seconds": 2.0, "accepted": 2}
