"""Operators that trust their arguments are called through checks; every one of these calls read beyond its tensors, or crashed."""

import pytest
import torch

from inverset.sampler.zoo.networks.checked import checked

aten = torch.ops.aten
IMAGES, ONE, THREE = torch.rand(2, 3, 4, 4), torch.ones(1), torch.ones(3)
STEPS, STATE = torch.rand(5, 2, 3), torch.zeros(1, 2, 4)
WEIGHTS = [torch.rand(12, 3), torch.rand(12, 4), torch.rand(12), torch.rand(12)]
HEADS = torch.rand(2, 2, 4, 8)


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (aten._native_batch_norm_legit_no_training.default, (IMAGES, ONE, ONE, ONE, ONE, 0.1, 1e-5)),
        (aten._native_batch_norm_legit.no_stats, (IMAGES, THREE, None, False, 0.1, 1e-5)),
        (aten.native_batch_norm.default, (IMAGES, None, IMAGES, None, None, False, 0.1, 1e-5)),
        (aten.gru.input, (STEPS, STATE, [], True, 1, 0.0, False, False, False)),
        (aten.gru.input, (STEPS, STATE, WEIGHTS[:2], True, 1, 0.0, False, False, False)),
        (aten._weight_norm.default, (ONE, torch.rand(0, 0), 0)),
        (aten._upsample_bilinear2d_aa.default, (IMAGES, [8, 20], False, 0.5, 1.0)),
        (aten.scaled_dot_product_attention.default, (HEADS, HEADS[:, :0], HEADS[:, :0])),
    ],
)
def test_arguments_that_do_not_fit_each_other_are_refused(operator, arguments):
    with pytest.raises(ValueError, match=r"given|normalised|resized"):
        checked(operator)(*arguments)


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (
            aten._native_batch_norm_legit_no_training.default,
            (IMAGES, THREE, None, THREE, THREE, 0.1, 1e-5),
        ),
        (aten.native_batch_norm.default, (IMAGES, THREE, THREE, None, None, True, 0.1, 1e-5)),
        (aten.gru.input, (STEPS, STATE, WEIGHTS, True, 1, 0.0, False, False, False)),
        (aten._weight_norm.default, (torch.rand(4, 3), torch.rand(4, 1), 0)),
        (aten._upsample_bilinear2d_aa.default, (IMAGES, [2, 2], False, 0.5, 0.5)),
        (aten.scaled_dot_product_attention.default, (HEADS, HEADS, HEADS)),
    ],
)
def test_arguments_that_fit_are_passed_on(operator, arguments):
    result, expected = checked(operator)(*arguments), operator(*arguments)
    for one, other in zip(
        torch.utils._pytree.tree_leaves(result), torch.utils._pytree.tree_leaves(expected), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_all_others_are_called_as_they_are():
    assert checked(aten.relu.default) is aten.relu.default
