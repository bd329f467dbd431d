"""Loads networks by their source: each family is one file here, chosen by the word before the colon."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

from torch import nn

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks import directions, weights
from inverset.sampler.zoo.networks.content import sha256
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.labels import distinct, labels_of
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing
from inverset.sampler.zoo.parts import Network

__all__ = ["NetworkEntry", "Preprocessing", "families", "files", "load"]

_FAMILIES = {  # imported on first use; each has load(place, entry, folder) -> Loaded
    "caffe": "inverset.sampler.zoo.caffe.networks",
    "export": "inverset.sampler.zoo.networks.exported",
    "factory": "inverset.sampler.zoo.networks.factory",
    "timm": "inverset.sampler.zoo.networks.timm",
    "torchvision": "inverset.sampler.zoo.networks.torchvision",
}
_KNOWN_BY = {  # by what a family knows how its networks are fed
    "caffe": "Caffe's own",
    "export": "the shape that it was exported with",
    "timm": "timm's configuration",
    "torchvision": "torchvision's preset",
}


def families() -> tuple[str, ...]:
    """The words that a source may begin with."""
    return tuple(_FAMILIES)


def files(entry: NetworkEntry) -> tuple[str, ...]:
    """The files of a network's entry; names that are no files belong to a family's own networks or weights."""
    family, _, place = entry.source.partition(":")
    usual = import_module(_FAMILIES[family]).FILES.get(place, "") if family == "caffe" else place
    weights_of = entry.weights or usual  # FILE, or FILE#KEY
    named = [
        weights_of,
        weights_of.rpartition("#")[0],
        *(labels for labels in entry.labels.values() if isinstance(labels, str)),
    ]
    return (*named, *(file for some in entry.directions.values() for file in some))


def load(entry: NetworkEntry, folder: Path) -> Network:
    """A network: frozen, in evaluation mode, on the CPU, in float32.

    Weights that are drawn at random are the same at each load.
    In-place layers are switched to out-of-place, so that no layer alters what was read from the one before. No file is unpickled.

    Args:
        entry: the network's entry in ``models.toml``.
        folder: the base of relative paths.

    Raises:
        ZooError: no such family or network, a file that is not what it should be, weights that cannot be fetched.
    """
    family, _, place = entry.source.partition(":")
    if family not in _FAMILIES:
        raise BadEntry(f"no networks are called {family!r}; {did_you_mean(family, families())}")
    read = import_module(_FAMILIES[family]).load
    made, trained = weights.made(family, lambda: read(place, entry, folder), named=entry.weights is not None)
    module = frozen(weights.in_float32(made.module))
    settings = entry.preprocessing
    origins = settings.origins(made.preprocessing, _KNOWN_BY.get(family, family))
    preprocess = Preprocess.of(settings.over(made.preprocessing), origins)
    return Network(
        module=module,
        preprocess=preprocess,
        size=preprocess.size,
        sha256=sha256(entry.source, module, preprocess),
        labels={
            layer: distinct(names)
            for layer, names in {**made.labels, **labels_of(entry.labels, module, folder)}.items()
        },
        directions={
            layer: {file: directions.read(folder, file) for file in files}
            for layer, files in entry.directions.items()
        },
        channels_last=channels_last(module, [*made.channels_last, *entry.channels_last]),
        trained=trained,
    )


def frozen(module: nn.Module) -> nn.Module:
    """The network itself, in evaluation mode, without gradients of its weights and without in-place layers."""
    for layer in module.modules():
        if getattr(layer, "inplace", False) is True:
            layer.inplace = False  # type: ignore[assignment]
    return module.eval().requires_grad_(requires_grad=False)


def channels_last(module: nn.Module, patterns: Sequence[str]) -> frozenset[str]:
    """The layers whose maps are (k, h, w, units): those that match the patterns, and those that always use the last axis."""
    return frozenset(
        name
        for name, layer in module.named_modules()
        if _works_on_last(layer)
        or (not isinstance(layer, nn.Conv2d) and any(fnmatchcase(name, pattern) for pattern in patterns))
    )


def _works_on_last(layer: nn.Module) -> bool:
    # Norms of maps are LayerNorm's children in torchvision and timm, and are called LayerNorm2d.
    return isinstance(layer, nn.Linear) or (
        isinstance(layer, nn.LayerNorm) and not type(layer).__name__.endswith("2d")
    )
