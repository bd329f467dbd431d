"""The preprocessing of a network that the caller holds: transforms of torchvision or timm are read, other functions are called."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.in_memory import structure
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing
from inverset.sampler.zoo.networks.torchvision import of_preset
from inverset.sampler.zoo.parts import Size

Fed = Any  # Preprocess, or Applied
Numbers = float | Sequence[float]
HOW = (
    "describe the network's input: transform= (of torchvision or timm, a table as preprocessing of models.toml has it, or a function "
    "of images (k, 3, h, w) in [0, 1]), or mean= and std=; mean=0, std=1 where it takes RGB in [0, 1] as it is"
)
_OF_PICTURES = (  # make a tensor of a picture, which images are here already
    "ConvertImageDtype", "MaybePILToTensor", "MaybeToTensor", "PILToTensor", "ToDtype", "ToImage", "ToPureTensor", "ToTensor",
)  # fmt: skip


class Applied:
    """A caller's function as preprocessing: RGB (k, 3, h, w) in [0, 1] to the network's input, differentiably."""

    def __init__(self, function: Callable[[Tensor], Tensor], size: Size, device: torch.device) -> None:
        """Try the function on random images on the device.

        Raises:
            BadEntry: it is no differentiable function of a batch.
        """
        self._function, self.size = function, size
        random = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0))
        probe = random.to(device).requires_grad_()
        try:
            given = function(probe)
            (slope,) = torch.autograd.grad(given.sum(), probe)
        except Exception as error:  # noqa: BLE001 - whatever a function of the caller's may raise
            raise BadEntry(
                f"transform: it does not take a tensor (k, 3, {size[0]}, {size[1]}) in [0, 1] differentiably "
                f"({type(error).__name__}: {error}); {HOW}"
            ) from None
        if len(given) != 2 or not bool(slope.isfinite().all()):
            raise BadEntry(f"transform: of 2 images it makes {tuple(given.shape)}; {HOW}")
        with torch.no_grad():
            other = function(probe)
        if not torch.equal(given.detach(), other):
            raise BadEntry("transform: its result for the same image differs each time")
        bytes_fed = given.detach().cpu().contiguous().numpy().tobytes()
        content = [structure.of_function(function).encode(), bytes_fed]
        self.described = hashlib.sha256(b"\n".join(content)).hexdigest()

    def __call__(self, images: Tensor) -> Tensor:
        return self._function(images)


def fed(
    transform: Any, mean: Numbers | None, std: Numbers | None, size: Size | None, device: torch.device
) -> Fed:
    """The preprocessing of a network, from the caller's transform or numbers.

    Args:
        transform: of torchvision or timm; a table as ``preprocessing`` of models.toml has it; a function; None: mean and std.
        mean: of each channel, or of all, where there is no transform.
        std: likewise.
        size: height and width of what the network takes, where the transform does not say it.
        device: the network's, on which a function is tried.

    Raises:
        BadEntry: nothing says how the network is fed, or a step of the transform cannot be done on tensors.
    """
    if transform is None:
        if mean is None or std is None:
            raise BadEntry(HOW)
        return _settled(Preprocessing(mean=_tuple(mean), std=_tuple(std)), size)
    if mean is not None or std is not None:
        raise BadEntry("give a transform, or mean and std, not both")
    if isinstance(transform, Mapping):
        return _settled(Preprocessing.of(transform), size)
    if hasattr(transform, "resize_size") and hasattr(transform, "mean"):
        return _settled(of_preset(transform), size)
    if isinstance(steps := getattr(transform, "transforms", None), list | tuple):
        return _settled(_of_steps(steps), size)
    if not callable(transform):
        raise BadEntry(f"transform is a {type(transform).__name__}; {HOW}")
    return Applied(transform, _needed(size), device)


def _of_steps(steps: Sequence[Any]) -> Preprocessing:
    """The settings of the steps of a Compose, in any order."""
    settings = Preprocessing()
    for step in steps:
        match type(step).__name__:
            case "Resize":
                way = getattr(step.interpolation, "value", step.interpolation)
                settings = replace(settings, resize=_side(step.size), interpolation=way)
            case "CenterCrop":
                settings = replace(settings, size=_side(step.size))
            case "Normalize":
                settings = replace(settings, mean=_tuple(step.mean), std=_tuple(step.std))
            case name if name not in _OF_PICTURES:
                raise BadEntry(f"transform: {name} is no step that every image passes alike; {HOW}")
    if settings.size is None and isinstance(settings.resize, tuple):
        return replace(settings, size=settings.resize)
    return settings


def _settled(settings: Preprocessing, size: Size | None) -> Preprocess:
    return Preprocess.of(settings if settings.size is not None else replace(settings, size=_needed(size)))


def _needed(size: Size | None) -> Size:
    if size is None:
        raise BadEntry("give the input size of the network: size=224, or size=(224, 224)")
    return size


def _side(size: Any) -> Any:
    """A number, or (height, width); torchvision also has lists of one number."""
    if isinstance(size, int):
        return size
    numbers = tuple(size)
    return numbers[0] if len(numbers) == 1 else numbers


def _tuple(numbers: Any) -> tuple[float, ...]:
    if isinstance(numbers, int | float):
        return (float(numbers),)
    return tuple(float(number) for number in numbers)
