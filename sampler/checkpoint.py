"""Converts a method's state to bytes and back: safetensors of everything in the NamedTuple, nested tuples under dotted names."""

from typing import Any, NamedTuple, get_type_hints

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from inverset.sampler import methods


def dump(state: NamedTuple) -> bytes:
    """The state as safetensors bytes; numbers become exact tensors of one element."""
    return save_tensors(dict(_flattened(state, "")))


def load(method_name: str, content: bytes, device: str | torch.device = "cpu") -> Any:
    """The state of ``method_name`` that ``dump`` wrote."""
    tensors = load_tensors(content)
    return _built(methods.get(method_name).state, tensors, "", torch.device(device))


def _flattened(value: Any, name: str) -> list[tuple[str, Tensor]]:
    if isinstance(value, tuple):
        columns = zip(value._fields, value, strict=True)  # type: ignore[attr-defined]
        return [
            pair for field, part in columns for pair in _flattened(part, f"{name}.{field}" if name else field)
        ]
    if isinstance(value, Tensor):
        return [(name, value.detach().cpu().contiguous())]
    return [(name, torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64))]


def _built(kind: Any, tensors: dict[str, Tensor], name: str, device: torch.device) -> Any:
    if kind is Tensor:
        value = tensors[name]
        # A random generator lives on the CPU, wherever the codes are.
        return value if value.dtype is torch.uint8 else value.to(device)
    if kind in (int, float):
        return kind(tensors[name].item())
    hints = get_type_hints(kind)
    fields = {
        field: _built(hint, tensors, f"{name}.{field}" if name else field, device)
        for field, hint in hints.items()
    }
    return kind(**fields)
