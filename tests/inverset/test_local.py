"""``inverset sample --local`` of counterfactuals: pairs in the folder, as a server would have delivered them."""

import json

import pytest

from inverset.commands import at_home, checking
from inverset.sampler.methods import METHODS
from tests.worker import pairs

ASKED = {"model": "scenes", "neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.9, 0.97]}}]}


def test_counterfactuals_lie_beside_their_starts(tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, pairs.NAME, pairs.METHOD)
    at_home.sample({**ASKED, "n": 3, "method": pairs.NAME}, tmp_path / "gallery")
    answer = json.loads((tmp_path / "gallery/manifest.json").read_text())
    low, _ = answer["ranges"][0]["range"]
    assert [sample["start"]["file"] for sample in answer["samples"]] == [
        f"starts/{number:06d}.png" for number in range(3)
    ]
    assert all(sample["start"]["activations"]["fc8:volcano"] < low for sample in answer["samples"])
    assert answer["evidence"]["changes"]["distance"] > 0
    (result,) = checking.check(tmp_path / "gallery")
    assert result.differences == []


@pytest.mark.parametrize("said", [{}, {"method": None}])
def test_the_default_is_the_first_method(tmp_path, said):
    at_home.sample({**ASKED, "n": 1, **said}, tmp_path / "gallery")
    answer = json.loads((tmp_path / "gallery/manifest.json").read_text())
    assert answer["spec"]["method"] == next(iter(METHODS))
    assert answer["samples"][0]["start"] is None
