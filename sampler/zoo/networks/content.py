"""The SHA-256 of a network: equal for networks that compute the same from the same numbers."""

import hashlib
from typing import Protocol

import torch
from torch import nn

_CHUNK = 2**22  # entries hashed at a time


class Described(Protocol):
    """The preprocessing of a network."""

    @property
    def described(self) -> str:
        """The complete description in one line."""
        ...


def sha256(source: str, module: nn.Module, preprocess: Described) -> str:
    """The SHA-256 of the source, of the names, types, shapes and bytes of all parameters and buffers, and of the preprocessing."""
    total = hashlib.sha256(source.encode())
    state = {
        **dict(module.named_parameters()),
        **dict(module.named_buffers()),
    }  # those that are not saved too
    for name, value in sorted(state.items()):
        total.update(f"\n{name} {value.dtype} {tuple(value.shape)} ".encode())
        flat = value.detach().cpu().contiguous().flatten()
        for chunk in flat.split(_CHUNK) if len(flat) else ():
            total.update(chunk.view(torch.uint8).numpy().data)
    total.update(f"\n{preprocess.described}".encode())
    return total.hexdigest()
