"""SHA-256 of what a network is: two that compute the same from the same numbers have the same."""

import hashlib
from typing import Protocol

import torch
from torch import nn

_CHUNK = 2**22  # entries hashed at a time


class Described(Protocol):
    """What precedes a network."""

    @property
    def described(self) -> str:
        """All of it in a line."""
        ...


def sha256(source: str, module: nn.Module, preprocess: Described) -> str:
    """Of the source, of the names, types, shapes and bytes of all parameters and buffers, and of what precedes them."""
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
