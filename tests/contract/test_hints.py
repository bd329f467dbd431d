"""What is proposed for an unknown name."""

from inverset.contract.hints import did_you_mean


def test_the_nearest_names_are_proposed_or_the_first_or_none():
    assert did_you_mean("relu4", ["conv1", "relu3"]) == "did you mean relu3?"
    assert did_you_mean("zzz", ["conv1", "relu3"]) == "did you mean conv1, relu3?"
    assert did_you_mean("zzz", []) == "there is none"
