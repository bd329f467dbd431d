"""Which operators an exported program of a stranger may call: those that networks are made of, and that check what they are given.

A name under ``torch.ops.aten`` is no promise: among two thousand there are some that read and write files, change the process
(``set_grad_enabled``, ``manual_seed``), or trust their arguments: ``_reshape_alias`` makes a tensor of any size of two numbers, and so
reads and writes whatever lies behind them. PyTorch counts a graph as code. So what is not plainly an operation on tensors is refused.
"""

import re

import torch

from sampler.zoo.errors import BadFile

_OPERATOR = re.compile(
    r"torch\.ops\.(aten|prims|torchvision)\.([A-Za-z]\w*|_[A-Za-z]\w*)\.([A-Za-z]\w*)", re.ASCII
)
_ARITHMETIC = re.compile(
    r"_operator\.(add|sub|mul|floordiv|truediv|mod|neg|getitem|eq|ne|lt|le|gt|ge|and_|or_|not_)"
    r"|torch\.sym_(max|min|not|float|int|ite|sum)"
)
_PRIVATE = re.compile(  # a leading underscore says that arguments are trusted; these are what public ones become
    r"_(log_)?softmax|_safe_softmax|_to_copy|_unsafe_view|_adaptive_avg_pool[23]d|_native_batch_norm_legit(_no_training)?"
    r"|_scaled_dot_product_(attention_math|flash_attention_for_cpu)|_upsample_\w*(?<!backward)|_weight_norm(_interface)?"
    r"|_assert_(tensor_metadata|scalar)|_conj|_euclidean_dist|_fft_[cr]2[cr]"
)
_TRUSTING = re.compile(  # of public ones: derivatives, other layouts than plain numbers, other libraries, files, whole storages
    r"\w*(backward|sparse|nested|jagged|quant|fbgemm|mkldnn|miopen|cudnn|resize|ctc_loss|embedding_bag|from_file)\w*"
    r"|set_?|set_data|data|rename_?|record_stream|requires_grad_|retain_grad|refine_names|align_\w*|empty\w*|new_empty\w*"
)
_OF_TORCHVISION = {"deform_conv2d"}
_OF_PRIMS = re.compile(
    r"(convert_element_type|iota|broadcast_in_dim|(fft_\w+)|(sum|amax|amin|prod|var)|(collapse_view|split_dim|squeeze|transpose|cat|reshape|where))"
)


def look_at(text: str) -> None:
    """Raises BadFile where a graph must not call what is called so."""
    if _ARITHMETIC.fullmatch(text):
        return
    found = _OPERATOR.fullmatch(text)
    if found is None or not _is_harmless(found[1], found[2]):
        raise BadFile(
            f"it calls {text[:80]!r}, which is no operation on tensors that is known to be harmless"
        )
    namespace, name, overload = found.groups()
    operator = getattr(getattr(getattr(torch.ops, namespace), name, None), overload, None)
    if not isinstance(operator, torch._ops.OpOverload):  # noqa: SLF001 - has no other name
        raise BadFile(f"it calls {text[:80]!r}, which this PyTorch does not have")
    if not _is_on_tensors(operator):
        raise BadFile(
            f"it calls {text[:80]!r}, which is no operation on tensors that is known to be harmless"
        )


def _is_harmless(namespace: str, name: str) -> bool:
    if namespace == "torchvision":
        return name in _OF_TORCHVISION
    if namespace == "prims":
        return _OF_PRIMS.fullmatch(name) is not None
    known = _PRIVATE if name.startswith("_") else _TRUSTING
    return (known.fullmatch(name) is not None) == name.startswith("_")


def _is_on_tensors(operator: torch._ops.OpOverload) -> bool:
    """Whether the dispatcher knows it, which TorchScript's own do not reach, and it takes or gives a tensor or a size."""
    schema = operator._schema  # noqa: SLF001 - likewise
    if not torch._C._dispatch_has_kernel(operator.name()):  # noqa: SLF001
        return False
    kinds = {str(each.type) for each in (*schema.arguments, *schema.returns)}
    return any("Tensor" in kind for kind in kinds) or schema.name.startswith("aten::sym_")
