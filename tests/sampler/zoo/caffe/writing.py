"""Writes .caffemodel files and what OpenCV's own importer needs beside them, by means that share nothing with our reader."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

V1_TYPES = {"Convolution": 4, "Deconvolution": 39, "InnerProduct": 14}
V0_TYPES = {"Convolution": "conv", "InnerProduct": "innerproduct"}
Blobs = Mapping[str, Sequence[np.ndarray]]


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def blob(array: np.ndarray, legacy: bool = False, packed: bool = True, double: bool = False) -> bytes:
    """A BlobProto's content."""
    if legacy:
        four = (1,) * (4 - array.ndim) + array.shape
        shape = b"".join(number(field, size) for field, size in enumerate(four, 1))
    else:
        shape = message(7, message(1, b"".join(varint(size) for size in array.shape)))
    field, kind, letter = (8, 1, "d") if double else (5, 5, "f")
    flat = array.astype("<f8" if double else "<f4").ravel()
    if packed:
        return shape + message(field, flat.tobytes())
    return shape + b"".join(varint(field << 3 | kind) + struct.pack(f"<{letter}", each) for each in flat)


def layer(version: int, name: str, kind: str, arrays: Sequence[np.ndarray], **how: bool) -> bytes:
    """One layer of a NetParameter, in the shape of version 0, 1 or 2 of the format."""
    blobs = [blob(array, **how) for array in arrays]
    if version == 2:
        return message(
            100, message(1, name.encode()), message(2, kind.encode()), *(message(7, each) for each in blobs)
        )
    if version == 1:
        return message(
            2,
            message(4, name.encode()),
            number(5, V1_TYPES[kind]),
            *(message(6, each) for each in blobs),
        )
    inner = (message(1, name.encode()), message(2, V0_TYPES[kind].encode()))
    return message(2, message(1, *inner, *(message(50, each) for each in blobs)))


def caffemodel(path: Path, network: nn.Sequential, version: int, **how: bool) -> Path:
    """The weights of a network, each layer by its name; written piece by piece, as they may be large."""
    with path.open("wb") as file:
        file.write(message(1, b"a network"))
        for name, module in network.named_children():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                arrays = [parameter.detach().numpy() for parameter in module.parameters()]
                file.write(layer(version, name, _kind(module), arrays, **how))
    return path


def prototxt(network: nn.Sequential, shape: Sequence[int]) -> str:
    """The network in the words that OpenCV's importer takes; every layer has an output of its own, so that all can be read."""
    text = f'input: "data"\ninput_shape {{ {" ".join(f"dim: {size}" for size in shape)} }}\n'
    bottom = "data"
    for name, module in network.named_children():
        if isinstance(module, nn.Flatten):
            continue
        words = f"{_kind(module)}"
        text += f'layer {{ name: "{name}" type: "{words}" bottom: "{bottom}" top: "{name}" {_parameters(module)} }}\n'
        bottom = name
    return text


def alive(network: nn.Sequential, seed: int, given: torch.Tensor) -> nn.Sequential:
    """Random weights for a network on the meta device, scaled layer by layer so that activations stay alive."""
    network = network.to_empty(device="cpu").eval().requires_grad_(requires_grad=False)
    random, value = torch.Generator().manual_seed(seed), given
    for module in network:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            module.weight.normal_(generator=random)
            module.bias.zero_()
            spread = module(value).std()
            module.weight.div_(spread)
            module.bias.normal_(0, 0.3, generator=random)
        value = module(value)
    return network


def _kind(module: nn.Module) -> str:
    return {
        nn.Conv2d: "Convolution",
        nn.ConvTranspose2d: "Deconvolution",
        nn.Linear: "InnerProduct",
        nn.ReLU: "ReLU",
        nn.LeakyReLU: "ReLU",
        nn.MaxPool2d: "Pooling",
        nn.LocalResponseNorm: "LRN",
        nn.Unflatten: "Reshape",
        nn.Tanh: "TanH",
    }[type(module)]


def _parameters(module: nn.Module) -> str:
    return next((say(module) for kind, say in WORDS.items() if isinstance(module, kind)), "")


def _convolution(module: nn.Conv2d | nn.ConvTranspose2d) -> str:
    return (
        f"convolution_param {{ num_output: {module.out_channels} kernel_size: {module.kernel_size[0]} "
        f"stride: {module.stride[0]} pad: {module.padding[0]} group: {module.groups} }}"
    )


def _reshape(module: nn.Unflatten) -> str:
    sizes = " ".join(f"dim: {size}" for size in module.unflattened_size)
    return f"reshape_param {{ shape {{ dim: -1 {sizes} }} }}"


WORDS = {
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.Linear: lambda module: f"inner_product_param {{ num_output: {module.out_features} }}",
    nn.LeakyReLU: lambda module: f"relu_param {{ negative_slope: {module.negative_slope} }}",
    nn.MaxPool2d: lambda _: "pooling_param { pool: MAX kernel_size: 3 stride: 2 }",
    nn.LocalResponseNorm: lambda _: "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }",
    nn.Unflatten: _reshape,
}
