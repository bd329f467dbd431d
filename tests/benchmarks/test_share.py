"""The share of natural images in a band: how rejection is counted, and how estimates are held against it."""

from dataclasses import replace

import pytest
import torch

from benchmarks import share
from benchmarks.share import Compared, Drawn
from inverset.sampler.problem import Neuron
from tests.sampler.toys import bundle, linear


def test_shares_are_counted_between_both_ends():
    drawn = Drawn(torch.tensor([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0], [3.0, 9.0]]), ("a", "b"))
    assert drawn.share("a", 1.0, 2.0) == 0.5
    assert drawn.share("b", 1.0, 2.0) == 0.0


def test_rejection_draws_from_the_prior_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(share, "_PART", 800)
    weights = torch.zeros(1, 48)
    weights[0, 0] = 1.0
    model, neurons = bundle(linear(weights)), [Neuron("neurons", 0)]
    result = share.drawn(model, neurons, tmp_path, count=2_000)
    assert result.share("neurons:0", -1.0, 1.0) == pytest.approx(0.683, abs=0.04)  # of N(0, 1)
    kept, gone = sorted(tmp_path.iterdir())[:2], sorted(tmp_path.iterdir())[2:]
    written = [path.stat().st_mtime_ns for path in kept]
    for path in gone:
        path.unlink()
    assert torch.equal(share.drawn(model, neurons, tmp_path, count=2_000).activations, result.activations)
    assert [path.stat().st_mtime_ns for path in kept] == written


def test_draws_are_counted_after_the_pass_as_conditional_counts_them(tmp_path):
    weights = torch.zeros(1, 48)
    weights[0, 0] = 1.0
    model = bundle(linear(weights))

    class Halving(torch.nn.Module):
        """E(G(c)) is half of c: after a pass, f is a quarter."""

        def forward(self, codes):
            return (0.5 + 0.05 * codes).view(-1, 3, 4, 4)

    result = share.drawn(replace(model, generator=Halving()), [Neuron("neurons", 0)], tmp_path, count=1_000)
    assert float(result.activations.std()) == pytest.approx(0.25, abs=0.03)


def _compared(estimate):
    shares = {"references": 0.1, "natural": 0.1, "rejected": 0.1}
    ends = {"low": 0.0, "high": 1.0, "least": 0.08, "most": 0.13}
    return Compared(
        neuron="fc7:1", quantiles="q.90 to q.97", seed=0, samples=60, estimate=estimate, evaluations=3.0,
        **shares, **ends,
    )  # fmt: skip


def test_an_estimate_is_held_against_rejection(tmp_path):
    results = [_compared(0.12), _compared(0.13)]
    assert [row.off for row in results] == pytest.approx([0.2, 0.3])
    assert share.table(results).endswith("1 of 2 within 25% of rejection; 2 intervals hold it.")
    share.write(results, tmp_path / "share.csv")
    assert len((tmp_path / "share.csv").read_text().splitlines()) == 3
