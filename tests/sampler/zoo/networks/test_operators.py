"""Operators of an exported program: networks' are known, what reaches further is not."""

import json

import pytest
import torch
from torchvision import models

from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks import operators
from tests.sampler.zoo.networks import survey


@pytest.mark.parametrize("name", json.loads(survey.FILE.read_text())["operators"])
def test_what_networks_of_torchvision_and_timm_export_to_is_known(name):
    operators.look_at(f"torch.ops.{name}")


def test_what_torchvision_exports_to_was_looked_at():
    """All its classifiers and segmentation networks: ``survey`` writes the file anew."""
    result = json.loads(survey.FILE.read_text())
    names = {*models.list_models(module=models), *models.list_models(module=models.segmentation)}
    assert names <= {*result["networks"], *result["not exported"]}
    assert not names & set(result["not exported"])


def test_all_that_is_known_is_there_and_has_no_checks_to_switch_off():
    for name in operators.known():
        operators.look_at(f"torch.ops.{name}")
        arguments = operators.operator_of(name)._schema.arguments
        assert not any(each.is_out for each in arguments), f"{name} writes where it is told to"
    assert 500 < len(operators.known()) < 800


def test_what_pytorch_calls_core_is_known_but_for_what_is_said():
    """The exceptions: derivatives, memory as it lies there, random numbers, a number taken out of a tensor, and what trusts."""
    every = [getattr(torch.ops.aten, name) for name in dir(torch.ops.aten)]
    packets = [each for each in every if isinstance(each, torch._ops.OpOverloadPacket)]
    overloads = [getattr(each, overload) for each in packets for overload in each.overloads()]
    core = {str(each) for each in overloads if torch.Tag.core in each.tags}
    left = {each for each in core - operators.known() if "backward" not in each}
    left.discard(
        "aten.sym_is_contiguous.default"
    )  # is there once something asked for it; it answers no tensor
    assert left == {
        "aten._embedding_bag.default",
        "aten._fft_c2r.default",
        "aten._fft_r2c.default",
        "aten._local_scalar_dense.default",
        "aten._pdist_forward.default",
        "aten.atan2.out",
        "aten.empty.memory_format",
        "aten.empty_strided.default",
        "aten.native_dropout.default",
        "aten.rand.default",
        "aten.randn.default",
        "aten.randperm.default",
    }


@pytest.mark.parametrize(
    "name",
    [
        "aten.segment_reduce.default",
        "aten._reshape_alias.default",
        "aten.set_.source_Tensor_storage_offset",
        "aten.set_.source_Tensor",
        "aten.resize_.default",
        "aten._resize_output_.default",
        "aten._sparse_coo_tensor_unsafe.default",
        "aten._nested_view_from_buffer.default",
        "aten._index_put_impl_.default",
        "aten._unsafe_index.Tensor",
        "aten._embedding_bag.default",
        "aten.max_pool2d_with_indices_backward.default",
        "aten.empty.memory_format",
        "aten.from_file.default",
        "aten.from_file.out",
        "aten.save.default",
        "aten.set_grad_enabled.default",
        "aten.manual_seed.default",
        "aten.warn.default",
        "aten.seed.default",
        "aten.str.default",
        "aten.fbgemm_linear_fp16_weight.default",
        "aten.mkldnn_linear.default",
        "aten.to_sparse.default",
        "aten.record_stream.default",
        "aten._cuda_getCurrentRawStream.default",
        "prims.as_strided.default",
        "prims.empty_strided.default",
        "prims.copy_to.default",
        "torchvision.roi_align.default",
        "higher_order.cond.default",
        "inductor.resize_storage_bytes_.default",
        "fsdp.set_.default",
        "aten.relu",
        "aten.relu.no_such_overload",
        "aten.__class__.default",
        "aten._dir.append",
    ],
)
def test_what_reaches_further_than_its_tensors_is_refused(name):
    with pytest.raises(BadFile, match="it calls"):
        operators.look_at(f"torch.ops.{name}")


def test_what_is_refused_is_refused_with_reason():
    """A view of a million numbers over two: not one of the others would have been noticed either."""
    beyond = torch.ops.aten._reshape_alias.default(torch.zeros(2), [1_000_000], [1])
    assert beyond.untyped_storage().nbytes() == 8


@pytest.mark.parametrize(
    "name", ["torch.os.system", "math.sqrt", "_operator.attrgetter", "#x", "", "torch.ops.aten"]
)
def test_what_is_no_operator_is_refused(name):
    with pytest.raises(BadFile, match="it calls"):
        operators.look_at(name)
