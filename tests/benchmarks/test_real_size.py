"""What is measured of networks of real size, tried on small ones."""

import pytest
import torch

from benchmarks.costs import question
from benchmarks.real_size import command, measuring
from benchmarks.real_size.measuring import Setting
from inverset.sampler.problem import Problem

SETTINGS = [measuring.PLAIN, Setting("bf16", bf16=True), Setting("last", channels_last=True)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_sampler_beside_its_networks_alone(setting):
    result = measuring.pace(question(), setting, k=1, steps=2)  # processors without bf16 take seconds for one

    assert result.evaluations > 0
    assert result.networks > 0
    assert result.overhead < 0.95
    assert result.gibibytes is None


@pytest.mark.parametrize("setting", [measuring.PLAIN, Setting("last", channels_last=True)], ids=str)
def test_samples_count_if_they_hold_in_full_precision(setting):
    problem = question()

    result = measuring.until(problem, setting, k=20, n=5, seconds=60)

    assert result.in_band == 5
    assert result.samples >= 5
    assert result.evaluations >= 20


def test_half_precision_is_half_precision_and_nothing_is_left_of_it():
    problem = question()
    code = problem.bundle.statistics.mean[None]
    whole = problem.forward(code).activations

    with measuring._computing(problem, Setting("bf16", tf32=True, bf16=True)) as asked:
        half = asked.forward(code).activations

    assert isinstance(asked, Problem)
    assert half != whole
    assert torch.allclose(half.float(), whole, atol=0.3)
    assert torch.equal(problem.forward(code).activations, whole)
    assert torch.get_float32_matmul_precision() == "highest"


def test_what_does_not_fit_ends_the_batches_of_its_setting(monkeypatch):
    def pace(problem, setting, k, steps):
        if k > 10:
            raise torch.cuda.OutOfMemoryError
        return measuring.Pace(20.0, 25.0, 1.5)

    monkeypatch.setattr(measuring, "pace", pace)
    monkeypatch.setattr(measuring, "until", lambda *_: measuring.Run(9, 8, 4.2, 90))

    lines = list(command._lines(question(), (measuring.PLAIN,), (10, 20, 40), 3, (8, 1.0)))

    assert command.table(lines).splitlines()[2:] == [
        "| scenes | fp32 | 10 | 20 | 25 | 20.0% | 1.5 | 9, 8 | 4 | 10.0 |",
        "| scenes | fp32 | 20 | out of memory |  |  |  |  |  |  |",
    ]
