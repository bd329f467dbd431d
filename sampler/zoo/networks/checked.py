"""Checks for operators that trust their arguments, which PyTorch leaves out.

A scale that is too short makes ``native_batch_norm`` read on in memory; ``batch_norm``, which is what is exported, looks at it before.
An LSTM without weights reads its list of weights beyond the end. Each was found by a fuzzer that puts tensors next to forbidden pages.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.errors import BadFile

_aten = torch.ops.aten
_WORDS = {  # in the kind of an argument: of which type it is then
    "ScalarType": torch.dtype,
    "MemoryFormat": torch.memory_format,
    "Layout": torch.layout,
    "Device": torch.device,
}
Check = Callable[..., None]  # takes an operator's arguments by their names
_LAYERS = 64  # of a recurrent network, at most
_MAPS = 3  # dimensions from which on there are heads before tokens and their width


def with_checks(module: nn.Module) -> None:
    """Make all graphs of an unflattened program call the operators through their checks.

    Raises:
        BadFile: an operator is given a number for a type or a memory format, which PyTorch takes for one whichever it is; or a
            layout or a device of another kind.
    """
    for layer in module.modules():
        graph = getattr(layer, "graph", None)
        for node in graph.nodes if isinstance(graph, torch.fx.Graph) else ():
            if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload):  # noqa: SLF001 - has no other name
                _check_words(node.target, node)
                node.target = checked(node.target)


def _check_words(operator: torch._ops.OpOverload, node: torch.fx.Node) -> None:
    arguments = operator._schema.arguments  # noqa: SLF001 - likewise
    given = {
        argument.name: value for argument, value in zip(arguments, node.args, strict=False)
    } | node.kwargs
    for argument in arguments:
        value = given.get(argument.name)
        kinds = [kind for word, kind in _WORDS.items() if word in str(argument.real_type)]
        if value is not None and kinds and not _is_plain(value, kinds[0]):
            raise BadFile(f"it calls {operator} with {value!r} as its {argument.name}")


def _is_plain(value: object, kind: type) -> bool:
    """Whether a value is of a kind, and no unusual layout or device."""
    if isinstance(value, torch.layout):
        return kind is torch.layout and value is torch.strided
    return isinstance(value, kind) and (not isinstance(value, torch.device) or value.type in {"cpu", "cuda"})


def checked(operator: Any) -> Callable[..., Any]:
    """A function that checks the arguments and calls the operator; the operator itself, if it checks them.

    What it returns raises ValueError where arguments do not fit each other.
    """
    check = _CHECKS.get(operator)
    if check is None:
        return operator  # type: ignore[no-any-return]
    names = [argument.name for argument in operator._schema.arguments]  # noqa: SLF001 - has no other name
    defaults = {argument.name: argument.default_value for argument in operator._schema.arguments}  # noqa: SLF001

    def call(*given: Any, **named: Any) -> Any:
        check(**(defaults | dict(zip(names, given, strict=False)) | named))
        return operator(*given, **named)

    call.__name__ = f"checked_{operator.name()}"
    return call


def _batch_norm(
    *,
    input: Tensor,  # noqa: A002 - PyTorch's names, as of all arguments here
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    training: bool = False,
    **_: object,
) -> None:
    """Check the arguments of a batch norm; ``no_stats`` has no statistics, ``no_training`` has no training flag."""
    images, running = input, (running_mean, running_var)
    channels = images.shape[1] if images.dim() > 1 else -1
    for tensor in (weight, bias, *running):
        if tensor is not None and tuple(tensor.shape) != (channels,):
            raise ValueError(f"batch_norm is given {tuple(tensor.shape)} for {channels} channels")
        if tensor is not None and tensor.dtype not in {images.dtype, torch.float32}:
            raise ValueError(f"batch_norm is given {tensor.dtype} for images of {images.dtype}")
    if not images.is_floating_point() or (not training and None in running):
        raise ValueError("batch_norm is given no statistics, or images of whole numbers")


def _recurrent(gates: int, states: int) -> Check:
    """A check for recurrent networks with this many gates and this many states."""

    def check(
        *,
        input: Tensor,  # noqa: A002 - likewise
        hx: Tensor | Sequence[Tensor],
        params: Sequence[Tensor],
        has_biases: bool,
        num_layers: int,
        bidirectional: bool,
        **_: object,
    ) -> None:
        hidden = [hx] if isinstance(hx, Tensor) else hx
        layers = num_layers * (2 if bidirectional else 1)
        count, parts = 4 if has_biases else 2, params
        if len(hidden) != states or not 0 < layers <= _LAYERS or len(parts) != layers * count:
            raise ValueError(f"{layers} layers are given {len(parts)} weights and {len(hidden)} states")
        width = hidden[0].shape[-1] if hidden[0].dim() == _MAPS else -1
        for number in range(0, len(parts), count):
            _check_gates(parts[number : number + count], gates * width, width)
        if any(state.dim() != _MAPS or len(state) != layers for state in hidden) or input.dim() != _MAPS:
            raise ValueError("a recurrent network takes batches of steps, and a state for each layer")

    return check


def _check_gates(parts: Sequence[Tensor], rows: int, width: int) -> None:
    matrices, biases = parts[:2], parts[2:]
    if any(tensor.dim() != 2 or len(tensor) != rows for tensor in matrices) or matrices[1].shape[1] != width:
        raise ValueError("weights of a recurrent network do not fit its state")
    if any(tuple(tensor.shape) != (rows,) for tensor in biases):
        raise ValueError("biases of a recurrent network do not fit its state")


def _weight_norm(*, v: Tensor, g: Tensor, dim: int, **_: object) -> None:
    directions, lengths = v, g
    if (
        not -1 <= dim < directions.dim()
        or directions.dtype != lengths.dtype
        or not lengths.is_floating_point()
    ):
        raise ValueError("weights are normalised over no dimension of theirs, or by other numbers")
    if lengths.numel() != (1 if dim == -1 else directions.shape[dim]) or not directions.numel():
        raise ValueError(f"weights of {tuple(directions.shape)} are given {lengths.numel()} lengths")


def _attention(*, query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool, **_: object) -> None:
    tensors = [query, key, value]
    if any(tensor.dim() < _MAPS - 1 or 0 in tensor.shape[1:] for tensor in tensors):
        raise ValueError("attention is given no heads, tokens or widths")
    if enable_gqa and any(tensor.dim() <= _MAPS for tensor in tensors):
        raise ValueError("attention in groups needs heads")


def _antialiased(
    *,
    self: Tensor,
    output_size: Sequence[int],
    scales_h: float | None,
    scales_w: float | None,
    **_: object,
) -> None:
    sides = self.shape[-len(output_size) :]
    for side, output, scale in zip(sides, output_size, (scales_h, scales_w), strict=True):
        if scale is not None and not (math.isfinite(scale) and math.floor(side * scale) == output):
            raise ValueError(f"a side of {side} is resized to {output} by {scale}")


_CHECKS: dict[Any, Check] = {
    _aten._native_batch_norm_legit.default: _batch_norm,  # noqa: SLF001 - have no other names
    _aten._native_batch_norm_legit.no_stats: _batch_norm,  # noqa: SLF001
    _aten._native_batch_norm_legit_no_training.default: _batch_norm,  # noqa: SLF001
    _aten.native_batch_norm.default: _batch_norm,
    _aten._weight_norm.default: _weight_norm,  # noqa: SLF001
    _aten._weight_norm_interface.default: _weight_norm,  # noqa: SLF001
    _aten.lstm.input: _recurrent(4, 2),
    _aten.gru.input: _recurrent(3, 1),
    _aten.rnn_tanh.input: _recurrent(1, 1),
    _aten.rnn_relu.input: _recurrent(1, 1),
    _aten._upsample_bilinear2d_aa.default: _antialiased,  # noqa: SLF001
    _aten._upsample_bicubic2d_aa.default: _antialiased,  # noqa: SLF001
    _aten.scaled_dot_product_attention.default: _attention,
    _aten._scaled_dot_product_attention_math.default: _attention,  # noqa: SLF001
}
