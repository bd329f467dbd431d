"""Operators of an exported program: networks' are known, what reaches further is not."""

import pytest
import torch

from sampler.zoo.errors import BadFile
from sampler.zoo.networks import operators

# Of 58 networks of torchvision and timm, ResNets to Swin, XCiT and Sequencer, exported for a batch of any size.
OF_NETWORKS = [
    "_assert_tensor_metadata.default",
    "adaptive_avg_pool2d.default",
    "add.Tensor",
    "add_.Tensor",
    "arange.default",
    "arange.start",
    "avg_pool2d.default",
    "batch_norm.default",
    "bitwise_not.default",
    "cat.default",
    "chunk.default",
    "clamp.default",
    "clamp_min.default",
    "clone.default",
    "col2im.default",
    "contiguous.default",
    "conv1d.default",
    "conv2d.default",
    "conv2d.padding",
    "copy_.default",
    "cos.default",
    "cumsum.default",
    "div.Tensor",
    "div.Tensor_mode",
    "div_.Tensor",
    "dropout.default",
    "dropout_.default",
    "einsum.default",
    "eq.Scalar",
    "exp.default",
    "expand.default",
    "expand_as.default",
    "fill_.Tensor",
    "flatten.using_ints",
    "gelu.default",
    "group_norm.default",
    "hardsigmoid.default",
    "hardswish.default",
    "hardswish_.default",
    "hardtanh.default",
    "hardtanh_.default",
    "im2col.default",
    "index.Tensor",
    "layer_norm.default",
    "lift_fresh_copy.default",
    "linalg_vector_norm.default",
    "linear.default",
    "lstm.input",
    "masked_fill.Scalar",
    "matmul.default",
    "max.dim",
    "max_pool2d.default",
    "mean.dim",
    "mul.Tensor",
    "ne.Scalar",
    "neg.default",
    "new_zeros.default",
    "pad.default",
    "permute.default",
    "pow.Scalar",
    "pow.Tensor_Scalar",
    "relu.default",
    "relu_.default",
    "repeat.default",
    "repeat_interleave.self_int",
    "reshape.default",
    "reshape_as.default",
    "roll.default",
    "rsub.Scalar",
    "scaled_dot_product_attention.default",
    "select.int",
    "sigmoid.default",
    "silu.default",
    "silu_.default",
    "sin.default",
    "slice.Tensor",
    "softmax.int",
    "split.Tensor",
    "split_with_sizes.default",
    "squeeze.dim",
    "stack.default",
    "sub.Tensor",
    "sum.dim_IntList",
    "swapaxes.default",
    "sym_size.int",
    "tanh.default",
    "to.device",
    "to.dtype",
    "transpose.int",
    "type_as.default",
    "unbind.int",
    "unflatten.int",
    "unsqueeze.default",
    "upsample_bicubic2d.vec",
    "upsample_bilinear2d.vec",
    "upsample_nearest2d.vec",
    "view.default",
    "zero_.default",
    "zeros.default",
]


@pytest.mark.parametrize("name", OF_NETWORKS)
def test_what_networks_are_made_of_is_known(name):
    operators.look_at(f"torch.ops.aten.{name}")


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
