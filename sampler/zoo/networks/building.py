"""Builds a torchvision network to fit a file of weights: the file's tensors decide what torchvision's own weights would."""

import re
from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn
from torchvision import models

from inverset.sampler.zoo.networks.loaded import head

_RELEASED = re.compile(  # DenseNet's keys as they were before module names could hold no dots
    r"^(.*denselayer\d+\.(?:norm|relu|conv))\.((?:[12])\.(?:weight|bias|running_mean|running_var))$"
)
_RESCALING = ("googlenet", "inception_v3")  # their released weights want another range than ImageNet's
_AUXILIARY = "aux"  # how torchvision's names of auxiliary heads begin, in small letters
_CLASSES = (1000, 21)  # of ImageNet, of Pascal VOC
_MOST_CLASSES = 100_000


Settings = Mapping[str, bool | int | None]  # arguments of torchvision's builders


class Builder:
    """Networks of one name, each built once for all files that need the same."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._arguments = _arguments(place)
        self._built: dict[str, nn.Module] = {}

    def build(self, tensors: Mapping[str, Tensor]) -> nn.Module:
        """A network that fits these tensors, if one of this name does; its weights are still random."""
        settings = {**self._own(), **self._file_settings(tensors)}
        module = self._made(settings)
        classes = _classes(module, tensors)
        return self._made({**settings, "num_classes": classes}) if classes else module

    def _made(self, settings: Settings) -> nn.Module:
        key = repr(sorted(settings.items()))
        if key not in self._built:
            self._built[key] = models.get_model(self._place, weights=None, **settings)
        return self._built[key]

    def _own(self) -> Settings:
        """The settings that do not depend on the file."""
        backbone = {"weights_backbone": None} if "weights_backbone" in self._arguments else {}
        rescaling = {"init_weights": False, "transform_input": True} if self._place in _RESCALING else {}
        return {**backbone, **rescaling}

    def _file_settings(self, tensors: Mapping[str, Tensor]) -> Settings:
        """The settings that follow from the file's tensors."""
        return {**self._auxiliary(tensors), **_image_size(tensors)}

    def _auxiliary(self, tensors: Mapping[str, Tensor]) -> Settings:
        """Whether the file has weights of auxiliary heads."""
        if self._place in _RESCALING:
            return {"aux_logits": any(name.lower().startswith(_AUXILIARY) for name in tensors)}
        if "aux_loss" in self._arguments:
            return {"aux_loss": any(name.startswith("aux_classifier.") for name in tensors)}
        return {}


def _image_size(tensors: Mapping[str, Tensor]) -> Settings:
    """The size of a vision transformer's images, by its positions."""
    position, patch = tensors.get("encoder.pos_embedding"), tensors.get("conv_proj.weight")
    if position is None or position.dim() != 3 or patch is None or patch.dim() != 4:
        return {}
    side = round((position.shape[1] - 1) ** 0.5)
    return {"image_size": side * patch.shape[3]} if side else {}


def without_training_parts(module: nn.Module) -> nn.Module:
    """A GoogLeNet without its auxiliary heads, as torchvision returns it with its weights."""
    if isinstance(module, models.GoogLeNet):
        module.aux_logits = False
        module.aux1 = module.aux2 = None
    return module


def main_part(module: nn.Module) -> nn.Module:
    """A network without its auxiliary heads, for inspection only."""
    kept = {name: child for name, child in module.named_children() if not name.lower().startswith(_AUXILIARY)}
    return nn.Sequential(OrderedDict(kept))


def _classes(module: nn.Module, tensors: Mapping[str, Tensor]) -> int | None:
    """The number of classes of the file's head, if it differs from torchvision's."""
    for own in _CLASSES:
        layer = head(main_part(module), own)
        weight = tensors.get(f"{layer}.weight")
        if layer and weight is not None and weight.dim() > 1 and 0 < len(weight) <= _MOST_CLASSES:
            return None if len(weight) == own else len(weight)
    return None


def renamed(name: str) -> str:
    """A tensor's name in today's torchvision, which renames DenseNet's on download."""
    return _RELEASED.sub(r"\1\2", name)


def plainly(place: str) -> nn.Module:
    """A torchvision network with random weights."""
    backbone = {"weights_backbone": None} if "weights_backbone" in _arguments(place) else {}
    # These two warn of a change in how they draw weights unless ``init_weights`` is given.
    quiet = {"init_weights": True} if place in _RESCALING else {}
    module: nn.Module = models.get_model(place, weights=None, **backbone, **quiet)
    return module


def _arguments(place: str) -> tuple[str, ...]:
    builder = models.get_model_builder(place)
    while hasattr(builder, "__wrapped__"):
        builder = builder.__wrapped__
    return tuple(builder.__code__.co_varnames)
