"""A generator that the caller holds, or that of another model: G, and E if there is one, which encodes images."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo import networks, parts
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators.entry import painted_size
from inverset.sampler.zoo.in_memory import structure
from inverset.sampler.zoo.in_memory.network import device_of, shared
from inverset.sampler.zoo.networks.content import sha256
from inverset.sampler.zoo.parts import Network


@dataclass(frozen=True)
class Generator:
    """G as the caller holds it, with a description of its codes.

    Codes are what a layer of the network says (``inverts``), or what ``E`` makes of images, or nothing that images have: then
    samples can begin at no natural image.
    """

    G: nn.Module  # codes (k, d) -> RGB images (k, 3, h, w), nominally in [0, 1], differentiable
    code: int | tuple[int, ...]  # d, or the shape whose product it is
    E: Callable[[Tensor], Tensor] | None = None  # RGB (k, 3, h, w) in [0, 1] -> codes (k, d)
    inverts: str | None = None  # the layer of the network whose flattened output a code is
    mean: float | Tensor = 0.0  # of the codes that it was trained on, () or (d,)
    std: float | Tensor = 1.0  # likewise
    floor: float | None = None  # lower bound of a code's entries: 0 after a ReLU
    ceiling: float | None = None  # upper bound
    learnt: bool = True  # whether images taught it; what it paints may otherwise look like nothing

    def part(self) -> parts.Generator:
        """The generator as a part of a model.

        Raises:
            UnusableGenerator: it paints no images of such codes.
            BadEntry: it cannot be copied, or its codes' deviations do not lie above 0.
        """
        module = networks.frozen(shared(self.G, "the generator"))
        shape = (self.code,) if isinstance(self.code, int) else tuple(self.code)
        entries = math.prod(shape)
        mean, scales = (
            torch.as_tensor(numbers).detach().cpu().float().expand(entries).clone()
            for numbers in (self.mean, self.std)
        )
        if not bool((scales > 0).all()):
            raise BadEntry("generator: std lies above 0")
        return parts.Generator(
            module=module,
            code=shape,
            size=painted_size(module, mean, "the generator"),
            prior=parts.Prior(mean, scales),
            sha256=sha256(f"in memory\n{structure.of_module(self.G)}", module, _of_codes(self)),
            floor=self.floor,
            ceiling=self.ceiling,
            inverts=self.inverts,
            encode=None if self.E is None else _encoder(self.E),
            learnt=self.learnt,
        )


def _encoder(encode: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """E in evaluation mode, called on the device of its weights. Raises BadEntry where it cannot be copied."""
    owner = encode if isinstance(encode, nn.Module) else getattr(encode, "__self__", None)
    if not isinstance(owner, nn.Module):
        return encode
    copied, device = shared(owner, "E").eval(), device_of(owner)
    call = copied if encode is owner else getattr(copied, encode.__name__)

    def codes(images: Tensor) -> Tensor:
        encoded: Tensor = call(images.to(device))
        return encoded.to(images.device)

    return codes


@dataclass(frozen=True)
class _Text:
    """Text that enters a SHA-256 beside the weights."""

    described: str


def _of_codes(generator: Generator) -> _Text:
    """The settings beside G that determine a generator's codes."""
    mean, std = (torch.as_tensor(values).flatten().tolist() for values in (generator.mean, generator.std))
    bounds = f"{generator.code} {generator.inverts} {generator.floor} {generator.ceiling} {mean} {std}"
    if generator.E is None:
        return _Text(bounds)
    encode = structure.of_function(generator.E)
    if isinstance(generator.E, nn.Module):
        encode = sha256(encode, generator.E, _Text(""))
    return _Text(f"{bounds} {encode}")


def of_bundle(bundle: Bundle) -> tuple[parts.Generator, Network, str]:
    """The generator of another model, with the network and the layer of its E."""
    statistics = bundle.statistics
    if isinstance(bundle.encoder, str):
        module, preprocess, layer = bundle.network, bundle.preprocess, bundle.encoder
    else:
        module, preprocess, layer = bundle.encoder.network, bundle.encoder.preprocess, bundle.encoder.layer
    height, width = bundle.size
    made = parts.Generator(
        module=bundle.generator,
        code=(len(statistics.mean),),
        size=(height, width),
        prior=parts.Prior(statistics.mean.cpu(), statistics.deviations.cpu()),
        sha256=bundle.sha256,
        floor=statistics.floor,
        ceiling=statistics.ceiling,
        inverts=None if statistics.cycle_limit is None else layer,
        painting=bundle.painting,
        learnt=bundle.learnt,
    )
    return made, Network(module, preprocess, (height, width), bundle.sha256), layer
