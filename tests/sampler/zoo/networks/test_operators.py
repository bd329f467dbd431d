"""Operators of an exported program: networks' are known, what reaches further is not."""

import pytest
import torch

from sampler.zoo.errors import BadFile
from sampler.zoo.networks import operators


@pytest.mark.parametrize(
    "name",
    [
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
