"""Which neurons are measured, and in which ways."""

import pytest

from inverset.sampler.zoo import own
from inverset.sampler.zoo.own import plan
from inverset.sampler.zoo.own.assembly import Assembly
from tests.sampler.zoo.own.lab import TABLE, furnish


@pytest.fixture
def wide(tmp_path):
    folder = furnish(tmp_path, 2, TABLE.replace(":make", ":wide").replace('"relu3"', '"fc2"'))
    return Assembly.of(own.entry(folder, "toy"), folder)


WAYS = ("center", "max", "mean")


def test_the_largest_and_the_mean_of_a_map_are_measured_where_its_centre_is(wide):
    made = plan.Plan.of(wide)
    assert made.readings == {"many": WAYS, "few": WAYS, "flat": ("center",), "fc2": ("center",)}
    assert made.neurons == 3 * 3504 + 16 + 5


def test_where_there_is_no_room_for_all_the_deepest_go_first(wide, monkeypatch):
    monkeypatch.setattr(plan, "MOST", 3600)
    assert plan.Plan.of(wide).readings == {
        "many": ("center",),
        "few": WAYS,
        "flat": ("center",),
        "fc2": ("center",),
    }
    monkeypatch.setattr(plan, "UNNAMED", 30)
    assert plan.Plan.of(wide).readings == {"few": WAYS, "flat": ("center",), "fc2": ("center",)}
