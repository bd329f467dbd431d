"""Each regulariser does the one thing it is for."""

import pytest
import torch

from inverset.sampler import regularisers, sample, zoo


@pytest.fixture
def noise():
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_the_alpha_norm_is_nothing_for_grey_and_most_for_black_and_white(noise):
    grey, white = torch.full_like(noise, 0.5), torch.ones_like(noise)
    assert regularisers.alpha_norm(grey, 6).tolist() == [0, 0]
    assert regularisers.alpha_norm(white, 6).tolist() == [1, 1]
    assert (regularisers.alpha_norm(noise, 6) < regularisers.alpha_norm(noise, 2)).all()


def test_total_variation_falls_with_blur(noise):
    rough = regularisers.total_variation(noise, 1.0)
    smooth = regularisers.total_variation(regularisers.blurred(noise, 1.0), 1.0)
    assert (smooth < 0.5 * rough).all()


def test_blur_keeps_what_is_flat(noise):
    flat = torch.full_like(noise, 0.3)
    assert torch.allclose(regularisers.blurred(flat, 2.0), flat, atol=1e-6)


def test_a_shift_is_undone_by_its_opposite(noise):
    moved = regularisers.shifted(noise, 3, -2)
    assert torch.equal(moved[:, :, 3, 0], noise[:, :, 0, 2])
    assert torch.equal(regularisers.shifted(moved, -3, 2), noise)


def test_the_centre_mask_is_a_hill(noise):
    mask = regularisers.centre_mask(noise, 0.1)
    assert int(mask.argmax()) in {7 * 16 + 7, 7 * 16 + 8, 8 * 16 + 7, 8 * 16 + 8}
    assert mask[0, 0] < 1e-3
    assert mask.max() > 0.9


def test_patches_from_the_bank_cost_nothing(noise):
    bank = regularisers.patches(noise, 8).flatten(0, 1)
    assert torch.allclose(regularisers.patch_distance(noise, bank, 8), torch.zeros(2))
    assert (regularisers.patch_distance(1 - noise, bank, 8) > 0.01).all()


OFF = {"norm": 0.0, "variation": 0.0, "blur": 0.0, "jitter": 0}


@pytest.mark.parametrize(
    "one",
    [
        {"norm": 50.0},
        {"variation": 20.0},
        {"blur": 1.0},
        {"jitter": 4},
        {"centre": 0.1},
        {"facets": 2},
        {"patches": 100.0},
    ],
)
def test_every_regulariser_can_be_switched_on_alone(one):
    bundle = zoo.load("scenes")
    spec = {"neurons": [{"neuron": "fc8:volcano"}], "n": 2, "k": 2, "method": "activation-maximization"}
    plain = sample(bundle, {**spec, "options": {**OFF, "steps": 12}})
    changed = sample(bundle, {**spec, "options": {**OFF, "steps": 12, **one}})
    assert not torch.equal(plain.images, changed.images)
    assert (plain.activations > -10).all(), "nothing was climbed"
