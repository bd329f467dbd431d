"""Samples of a walk say which sample they walked on from."""

import pytest
import torch

from inverset.sampler import driver
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.steps import NO_PARENT, Emission
from tests.sampler import toys


def run(method, n=25, k=5, **given):
    bundle = toys.bundle(toys.linear(torch.eye(toys.PIXELS)[:2]))
    neurons = tuple(Neuron("neurons", unit) for unit in range(2))
    small = Problem(bundle, neurons, (Band(0.5, 2.0), Band(-2.0, -0.5)))
    question = driver.question(small, method, n, k=k, seed=3, options=given)
    steps = driver.answer(small, question)
    return Emission.joined(step.emission for step in steps)


@pytest.mark.parametrize("method", ["paper", "pixels", "image-distance", "code-distance", "no-diversity"])
def test_k_walks_begin_at_the_seeds_and_each_goes_on_from_its_newest_sample(method):
    parents = run(method).parents.tolist()
    assert parents[:5] == [NO_PARENT] * 5
    assert all(0 <= parent < number for number, parent in enumerate(parents[5:], 5))
    assert len(set(parents[5:])) == 20  # nobody is walked on from twice


def test_a_walk_moves_little_between_parent_and_child():
    result = run("paper", 60)
    moved = (result.codes[5:] - result.codes[result.parents[5:]]).norm(dim=1)
    across = torch.cdist(result.codes[:5], result.codes[:5])[~torch.eye(5, dtype=torch.bool)]
    assert moved.max() < across.min()


def test_chains_of_ppgn_begin_anew():
    parents = run("ppgn", 40, steps=6, first=2, every=2).parents.tolist()
    assert parents[:5] == [NO_PARENT] * 5
    assert 5 < parents.count(NO_PARENT) < 40
    walked = [(number, parent) for number, parent in enumerate(parents) if parent != NO_PARENT]
    assert all(parent < number for number, parent in walked)


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("calibrated", {}),
        ("joint", {"round_steps": 10, "ending": 3}),
        ("dgn-am", {"steps": 6}),
        ("rejection", {}),
    ],
)
def test_others_walk_from_nobody(method, given):
    assert set(run(method, 12, **given).parents.tolist()) == {NO_PARENT}
