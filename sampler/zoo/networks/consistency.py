"""Checks that a network is a function of its image: the same activations each time, in any batch."""

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.networks.layers import outputs
from inverset.sampler.zoo.parts import Size

# Of the length of what a layer gives: rounding stays below, dropout and batch statistics do not.
_ALIKE = 1e-3
_SHOWN = 3  # layers that a sentence names
Preprocess = Callable[[Tensor], Tensor]


@torch.no_grad()
def fault(
    module: nn.Module,
    preprocess: Preprocess,
    size: Size,
    layers: Collection[str],
    device: torch.device | None = None,
) -> str | None:
    """The reason why these layers are no functions of the image, as a sentence without its subject; None: they are.

    One image is computed twice alone, and once beside a black one and one of more contrast. The image is random, the same each time.
    """
    image, others = _images(size, device or torch.device("cpu"))
    alone = _of(layers, outputs(module, preprocess, image))
    again = _of(layers, outputs(module, preprocess, image))
    beside = _of(layers, outputs(module, preprocess, torch.cat([image, others])))
    if broken := [name for name in alone if not _is_finite(name, alone, beside)]:
        return f"gives values that are not finite in {_abbreviated(broken)}; leave these layers out of `layers`, or fix them"
    if random := _differing_layers(alone, again):
        return (
            f"gives different activations for the same image each time in {_abbreviated(random)}: dropout or noise is at work. "
            "Switch it off in evaluation mode (F.dropout needs training=self.training), and export after net.eval()"
        )
    if mixed := _differing_layers(alone, beside):
        return (
            f"gives different activations for an image if other images are in its batch, in {_abbreviated(mixed)}: it uses statistics "
            "of the batch. Use running statistics (BatchNorm's track_running_stats=True), and export after net.eval()"
        )
    return None


def _images(size: Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """An image of medium contrast (1, 3, h, w), and a black and a white one (2, 3, h, w), in [0, 1]."""
    random = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0))
    image, contrasty = 0.25 + 0.5 * random[:1], random[1:].round()
    return image.to(device), torch.cat([contrasty, torch.zeros_like(contrasty)]).to(device)


def _of(layers: Collection[str], read: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The outputs for the image itself, which is the first of its batch."""
    return {name: values[:1].float() for name, values in read.items() if name in layers and len(values)}


def _is_finite(name: str, *passes: Mapping[str, Tensor]) -> bool:
    return all(bool(outputs_of[name].isfinite().all()) for outputs_of in passes if name in outputs_of)


def _differing_layers(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> list[str]:
    """The layers in which two passes differ, in the order of computation."""
    return [name for name, values in one.items() if name in other and not is_alike(values, other[name])]


def is_alike(one: Tensor, other: Tensor) -> bool:
    """Whether two results are equal up to rounding."""
    return one.shape == other.shape and bool((one - other).norm() <= _ALIKE * one.norm().clamp_min(1e-9))


def _abbreviated(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
