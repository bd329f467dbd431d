"""Networks of torchvision, by name: ``torchvision:resnet50`` with ``weights = "IMAGENET1K_V2"``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn
from torchvision import models

from sampler.zoo.errors import BadEntry, NoDownload, nearest
from sampler.zoo.networks.entry import NetworkEntry
from sampler.zoo.networks.loaded import Loaded, head
from sampler.zoo.networks.preprocessing import Preprocessing
from sampler.zoo.networks.state import fill, within


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """Build a network of torchvision.

    ``weights`` is a member of the network's own enumeration, downloaded by torchvision into its cache if need be, or a file of a
    state_dict in ``folder``, or None for random weights. Preprocessing is that of the weights, or of the default ones.

    Raises:
        BadEntry: no such network or weights; the message gives the nearest.
        BadFile: the file is not of this network.
        NoDownload: the weights cannot be fetched.
    """
    known = models.list_models()
    if place not in known:
        raise BadEntry(f"torchvision has no network {place!r}; {nearest(place, known)}")
    offered = models.get_model_weights(place)
    named = _weights(place, entry.weights, offered)
    module = _built(place)
    labels: dict[str, tuple[str, ...]] = {}
    if named is not None:
        module.load_state_dict(fetched(place, lambda: _download(named)))
        labels = _labels(module, named)
    elif entry.weights is not None:
        fill(module, within(folder, entry.weights))
    shown = named or next(iter(offered), None)
    swin = ("features*", "norm") if place.startswith("swin") else ()
    return Loaded(module, _preprocessing(shown), labels, swin)


def fetched(place: str, download: Callable[[], Any]) -> Any:
    """What a download gives.

    Raises:
        NoDownload: the network does not give it.
    """
    try:
        return download()
    except (OSError, RuntimeError) as wrong:  # no way there, a proxy that refuses, another checksum
        raise NoDownload(
            f"the weights of {place} cannot be fetched from here ({wrong}); download them where that is "
            "allowed, and name the file as weights"
        ) from None


def _download(named: Any) -> dict[str, Any]:
    state: dict[str, Any] = named.get_state_dict(progress=False, check_hash=True, weights_only=True)
    return state


def _weights(place: str, wanted: str | None, offered: Any) -> Any:
    """The member of the enumeration that is meant; None: a file is meant, or nothing."""
    if wanted is None or Path(wanted).suffix:
        return None
    names = [each.name for each in offered]
    if wanted == "DEFAULT" and names:
        return offered.DEFAULT
    if wanted not in names:
        hint = nearest(wanted, names) if names else "torchvision offers none for it"
        raise BadEntry(f"{place} has no weights {wanted!r}; {hint}")
    return offered[wanted]


def _built(place: str) -> nn.Module:
    backbone = {"weights_backbone": None} if "weights_backbone" in _arguments(place) else {}
    module: nn.Module = models.get_model(place, weights=None, **backbone, **_quiet(place))
    return module


def _quiet(place: str) -> dict[str, bool]:
    # Weights are drawn anew in vain, slowly, unless these two are told not to warn of a change in how.
    return {"init_weights": True} if place in {"googlenet", "inception_v3"} else {}


def _arguments(place: str) -> tuple[str, ...]:
    builder = models.get_model_builder(place)
    while hasattr(builder, "__wrapped__"):
        builder = builder.__wrapped__
    return tuple(builder.__code__.co_varnames)


def _preprocessing(named: Any) -> Preprocessing:
    """The preset's, as far as it is one of a classifier."""
    preset: Any = None if named is None else named.transforms()
    if not hasattr(preset, "crop_size"):
        return Preprocessing()
    return Preprocessing(
        size=preset.crop_size[0],
        resize=preset.resize_size[0],
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )


def _labels(module: nn.Module, named: Any) -> dict[str, tuple[str, ...]]:
    names = tuple(named.meta.get("categories", ()))
    layer = head(module, len(names)) if names else None
    return {layer: names} if layer else {}
