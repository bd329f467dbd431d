"""Networks of torchvision, by name: ``torchvision:resnet50`` with ``weights = "IMAGENET1K_V2"``."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn
from torchvision import models

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry, BadFile, NoDownload, plain
from inverset.sampler.zoo.networks import building
from inverset.sampler.zoo.networks.checkpoints import Checkpoint
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded, head
from inverset.sampler.zoo.networks.preprocessing import Preprocessing
from inverset.sampler.zoo.networks.state import refused


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """A network of torchvision.

    ``weights`` is a member of the network's own enumeration, downloaded by torchvision into its cache if need be, or a file of a
    state_dict in ``folder``, or None for random weights. The weights decide about the network: with named ones it is built by
    torchvision itself, for a file as that file wants it. Preprocessing is that of the weights, or of the default ones.

    Raises:
        BadEntry: no such network or weights; the message gives the nearest.
        BadFile: the file is not of this network.
        NoDownload: the weights cannot be fetched.
    """
    known = models.list_models()
    if place not in known:
        raise BadEntry(f"torchvision has no network {place!r}; {did_you_mean(place, known)}")
    offered = models.get_model_weights(place)
    named = _weights(place, entry.weights, offered)
    swin = ("features*", "norm") if place.startswith("swin") else ()
    if named is not None:
        module = _with_weights(place, named)
        return Loaded(module, preset(named), _labels(module, named), swin)
    shown = next(iter(offered), None)
    if entry.weights is None:
        module = building.plainly(place)
    else:
        builder = building.Builder(place)
        module = Checkpoint.of(folder, entry.weights).fill(builder.build, building.renamed)
        module = building.without_training_parts(module)
        shown = next((member for member in offered if _is_for(member, module)), shown)
    return Loaded(module, _sized(preset(shown), module), {}, swin)


def _with_weights(place: str, named: Any) -> nn.Module:
    """A network with torchvision's own weights, whose file is first read as weights and nothing else."""
    fetched(place, lambda: named.get_state_dict(progress=False, check_hash=True, weights_only=True))
    try:
        module: nn.Module = models.get_model(place, weights=named, progress=False)
    except Exception as error:  # noqa: BLE001 - of many builders
        raise BadEntry(
            f"torchvision does not build {place} with {named.name}: {plain(str(error) or type(error).__name__)}"
        ) from None
    return module


def _is_for(named: Any, module: nn.Module) -> bool:
    """Whether a network that was built for a file takes images of these weights' size."""
    side = getattr(module, "image_size", None)
    return side is None or tuple(named.meta.get("min_size", ())) == (side, side)


def _sized(preprocessing: Preprocessing, module: nn.Module) -> Preprocessing:
    """The preprocessing at the one size that a vision transformer takes."""
    side = getattr(module, "image_size", None)
    return (
        preprocessing
        if side is None or side == preprocessing.size
        else replace(preprocessing, size=side, resize=side)
    )


def fetched(place: str, download: Callable[[], Any]) -> Any:
    """The result of a download.

    Raises:
        NoDownload: the network does not give it.
        BadFile: it gave something else than weights, or that lies in the cache from before.
    """
    try:
        return download()
    except pickle.UnpicklingError as error:
        raise BadFile(f"the file of the weights of {place} in the cache {refused(str(error))}") from None
    except (OSError, RuntimeError) as error:  # no way there, a proxy that refuses, another checksum
        raise NoDownload(
            f"the weights of {place} cannot be downloaded ({error}); download them elsewhere "
            "and give the file as weights"
        ) from None


def _weights(place: str, name: str | None, offered: Any) -> Any:
    """The member of the enumeration with this name; None: the name is a file, or missing."""
    if name is None or Path(name).suffix:
        return None
    names = [member.name for member in offered]
    if name == "DEFAULT" and names:
        return offered.DEFAULT
    if name not in names:
        hint = did_you_mean(name, names) if names else "torchvision offers none for it"
        raise BadEntry(f"{place} has no weights {name!r}; {hint}")
    return offered[name]


def preset(named: Any) -> Preprocessing:
    """The preprocessing of these weights, as far as their preset has one image size."""
    return Preprocessing() if named is None else of_preset(named.transforms())


def of_preset(made: Any) -> Preprocessing:
    """The settings of a transform that comes with weights; empty if it has no single image size."""
    if not hasattr(made, "resize_size") or not hasattr(made, "mean"):
        return Preprocessing()
    resize = made.resize_size[0]
    return Preprocessing(
        size=made.crop_size[0] if hasattr(made, "crop_size") else resize,  # segmentation cuts nothing off
        resize=resize,
        interpolation=made.interpolation.value,
        mean=tuple(made.mean),
        std=tuple(made.std),
    )


def _labels(module: nn.Module, named: Any) -> dict[str, tuple[str, ...]]:
    names = tuple(named.meta.get("categories", ()))
    layer = head(building.main_part(module), len(names)) if names else None
    return {layer: names} if layer else {}
