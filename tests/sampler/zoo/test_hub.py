"""Files of a hub, without one: folders do, and what cannot be had says how to get it."""

import pytest

from inverset.sampler.zoo.hub import NotFetched, fetch


def test_a_folder_is_taken_as_it_is(tmp_path):
    (tmp_path / "inner").mkdir()
    assert fetch("inner", ("*",), near=tmp_path) == tmp_path / "inner"
    assert fetch(str(tmp_path / "inner"), ("*",), near=tmp_path / "elsewhere") == tmp_path / "inner"


def test_a_folder_that_is_not_there_is_not_looked_for_in_a_hub(tmp_path):
    for place in ("inner", "./a/b", "/nowhere/at-all", "../b"):
        with pytest.raises(NotFetched, match="there is no folder"):
            fetch(place, ("*",), near=tmp_path)


def test_a_hub_that_is_out_of_reach_is_told_with_the_way_around(tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(NotFetched, match="hf download nobody/nothing --local-dir FOLDER"):
        fetch("nobody/nothing", ("*",), near=tmp_path)
