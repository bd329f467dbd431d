"""Smallest steps: they make the change, and are the shortest by their metric."""

import torch

from inverset.sampler.newton import jacobian, minimal_step, shortened, slopes


def test_a_step_makes_the_change_and_is_the_shortest():
    random = torch.Generator().manual_seed(0)
    slope, change = torch.randn(5, 2, 7, generator=random), torch.randn(5, 2, generator=random)
    step = minimal_step(slope, change, torch.ones(7))
    assert torch.allclose((slope @ step[:, :, None])[:, :, 0], change, atol=1e-4)
    shortest = torch.linalg.lstsq(slope, change[:, :, None]).solution[:, :, 0]
    assert torch.allclose(step, shortest, atol=1e-4)


def test_a_metric_lets_free_axes_move():
    slope, change = torch.tensor([[[1.0, 1.0]]]), torch.tensor([[2.0]])
    step = minimal_step(slope, change, torch.tensor([3.0, 1.0]))
    assert torch.allclose(step, torch.tensor([[1.5, 0.5]]), atol=1e-5)


def test_steps_stay_within_the_axes():
    axes = torch.eye(4)[:, :2]
    step = minimal_step(torch.ones(1, 1, 4), torch.tensor([[2.0]]), torch.ones(2), axes)
    assert torch.allclose(step, torch.tensor([[1.0, 1.0, 0.0, 0.0]]), atol=1e-5)


def test_equal_neurons_do_not_break_the_system():
    step = minimal_step(torch.ones(1, 2, 4), torch.tensor([[1.0, 1.0]]), torch.ones(4))
    assert torch.allclose(step.sum(), torch.tensor(1.0), atol=1e-3)


def test_long_steps_are_shortened_and_short_ones_are_not():
    steps = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    assert torch.allclose(shortened(steps, 1.0), torch.tensor([[0.6, 0.8], [0.3, 0.4], [0.0, 0.0]]))


def test_slopes_are_those_of_the_function():
    places = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    values, slope = slopes(lambda at: torch.stack([at.square().sum(1), at[:, 0]], dim=1), places)
    assert torch.equal(values, torch.tensor([[5.0, 1.0], [25.0, 3.0]]))
    assert torch.equal(slope[0], torch.tensor([[2.0, 4.0], [1.0, 0.0]]))
    leaf = places.requires_grad_()
    assert torch.equal(jacobian(leaf.square(), leaf)[1], torch.tensor([[6.0, 0.0], [0.0, 8.0]]))
