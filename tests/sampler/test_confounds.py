"""The alarm: what goes with an activation and is not needed is named, and nothing else is."""

from dataclasses import replace

import torch

from inverset.sampler import sample
from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.evaluation.confounds import _findings, _Traits
from tests.sampler import toys

NAMES = ("cause", "confound", "unrelated")


class Entries:
    """Factors that are the first entries of the code."""

    names = NAMES
    scales = torch.ones(len(NAMES))

    def read(self, images):
        return ((images.flatten(1).float() / 255 - 0.5) / 0.1)[:, : len(NAMES)]


def model(weights):
    """Codes whose second entry goes with the first, at .9; a neuron that reads them by these weights."""
    bundle = toys.with_pictures(toys.linear([[*weights, *[0.0] * (toys.PIXELS - len(weights))]]))
    axes = torch.eye(toys.PIXELS)
    axes[:2, :2] = torch.tensor([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    scales = torch.ones(toys.PIXELS)
    scales[:2] = torch.tensor([1.9, 0.1]).sqrt()
    statistics = CodeStatistics(torch.zeros(toys.PIXELS), axes, scales, None, 1.5, 0.2)
    return replace(bundle, statistics=statistics, factors=Entries())


def ask(bundle, band, method="conditional"):
    neurons = [{"neuron": "neurons:0", "range": list(band)}]
    return sample(bundle, {"neurons": neurons, "n": 60, "method": method})


def test_a_confound_is_named_and_a_cause_is_not():
    result = ask(model([1.0]), (1.3, 1.8))
    assert [each["name"] for each in result.evidence["confounds"]] == ["confound"]
    (finding,) = result.evidence["confounds"]
    assert finding["in_band"] > 1
    assert abs(finding["counterfactual"] - finding["start"]) < 0.3
    assert "the neuron does not need it" in finding["sentence"]
    assert result.evidence["trust"]["word"] != "good"
    assert len(result.alarm.starts) == len(result.alarm.ends) > 0


def test_what_a_neuron_reads_is_no_confound():
    result = ask(model([1.0, 1.0]), (2.6, 3.6))
    assert result.evidence["confounds"] == []


def test_without_factors_the_judge_sees_that_there_is_one():
    blind = replace(model([1.0]), factors=None, judge=Pixels())
    (finding,) = ask(blind, (1.3, 1.8)).evidence["confounds"]
    assert finding["kind"] == "judge direction"
    assert "something in common that the neuron does not need" in finding["sentence"]
    needs_both = replace(model([1.0, 1.0]), factors=None, judge=Pixels())
    assert ask(needs_both, (2.6, 3.6)).evidence["confounds"] == []


class Pixels:
    """A judge that sees entries of the code."""

    name = "pixels"

    def read(self, images):
        return (images.flatten(1).float() / 255 - 0.5) / 0.1


def test_only_draws_in_band_are_looked_at():
    assert ask(model([1.0]), (1.3, 1.8), "counterfactual").evidence["confounds"] is None


def test_few_samples_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(
        "inverset.sampler.evaluation.confounds._counterfactuals", None
    )  # nothing is computed for them
    neurons = [{"neuron": "neurons:0", "range": [1.3, 1.8]}]
    assert sample(model([1.0]), {"neurons": neurons, "n": 15}).evidence["confounds"] is None


def traits(added):
    """Images in band are 2 above all others in one trait; the smallest change adds so much of it, give or take 1."""
    random = torch.Generator().manual_seed(0)
    noise = torch.randn(48, 1, generator=random)
    return _Traits(
        "factor", 0.6, 0.4, ("trait",), torch.ones(1), noise + 2, noise, noise, noise + added + noise.flip(0)
    )


def test_a_share_of_the_excess_decides():
    assert [len(_findings(traits(added))) for added in (0.0, 0.3, 1.0, 2.0)] == [1, 1, 0, 0]
