"""The benchmark of priors: a row for each kind and number of codes."""

import csv

import torch

from benchmarks import prior
from inverset.sampler import zoo
from inverset.sampler.zoo.scenes import prior as of_scenes


def test_every_kind_of_prior_has_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(of_scenes, "MORE_SEEDS", range(1))  # else it renders 50,000 images
    bundle = zoo.load("scenes")
    result = list(prior.rows(bundle, (120,), 3, 40))
    assert [(row.worth.kind, row.codes) for row in result] == [
        ("natural images through G", 0),
        ("flow", 120),
        ("mixture", 120),
        ("gaussian", 120),
        ("flow", 20_000),
    ]
    assert result[-1].worth.cycle < result[1].worth.cycle / 2  # three steps are none
    text = prior.page(result, "a machine")
    assert "| 120 | flow, 3 steps |" in text
    prior.write(result, tmp_path / "prior.csv")
    lines = list(csv.DictReader((tmp_path / "prior.csv").read_text().splitlines()))
    assert [line["kind"] for line in lines] == [row.worth.kind for row in result]
    assert float(lines[1]["precision"]) == round(result[1].worth.through.precision, 5)


def test_statistics_are_of_the_codes_alone():
    bundle = zoo.load("scenes")
    codes = bundle.reference.codes[:200]
    statistics = prior.of_codes(codes, bundle.statistics)
    white = statistics.whitened(codes)
    assert torch.allclose(white.std(dim=0), torch.ones(white.shape[1]), atol=1e-3)
    assert white.mean(dim=0).abs().max() < 1e-3
