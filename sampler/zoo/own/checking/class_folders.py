"""The class of each reference image, from the name of its folder."""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from inverset.sampler.bundle import Bundle, InFolders

_IMAGENET = 1000  # classes
_WORDNET = re.compile(r"n\d{8}")
_FEWEST = 2  # classes


class Classes(NamedTuple):
    """Images with known classes."""

    layer: str  # that tells the classes apart
    rows: Sequence[int]  # of the reference images
    units: Sequence[int]  # of the layer, one for each of the rows
    known_by: str  # how folders' names were understood


def of(bundle: Bundle) -> Classes | None:
    """The classes of a model's reference images; None: their folders do not tell."""
    reference: object = bundle.reference
    if not isinstance(reference, InFolders):
        return None
    folders = reference.folders
    names = sorted(set(folders))
    if len(names) < _FEWEST:
        return None
    sizes = {layer.name: layer.units for layer in bundle.described_layers if layer.kind == "vector"}
    for layer, labels in sorted(bundle.labels.items(), key=lambda item: -len(item[1])):
        if classes := _made(layer, folders, _by_label(names, labels), "folders have the labels' names"):
            return classes
    for layer, units in reversed(sizes.items()):
        if units == _IMAGENET and (
            classes := _made(layer, folders, _by_wordnet(names), "by WordNet numbers")
        ):
            return classes
        if units == len(names):  # as ImageFolder of torchvision numbers them
            numbered = {name: number for number, name in enumerate(names)}
            return _made(layer, folders, numbered, "folders in the order of their names")
    return None


def _made(layer: str, folders: Sequence[str], units: Mapping[str, int], known_by: str) -> Classes | None:
    if len(units) < _FEWEST:
        return None
    rows = [row for row, name in enumerate(folders) if name in units]
    return Classes(layer, rows, [units[folders[row]] for row in rows], known_by)


def _by_label(names: Sequence[str], labels: Sequence[str]) -> dict[str, int]:
    """The unit of each folder that has a label's name; a label of several names counts by the first one too."""
    units: dict[str, int] = {}
    twice = set[str]()
    for unit, label in enumerate(labels):
        for text in {_plain(label), _plain(label.partition(",")[0])} - {""}:
            if units.setdefault(text, unit) != unit:
                twice.add(text)
    return {
        name: units[_plain(name)] for name in names if _plain(name) in units and _plain(name) not in twice
    }


def _by_wordnet(names: Sequence[str]) -> dict[str, int]:
    """The unit of each folder with an ImageNet WordNet number, if timm is installed to give their order."""
    if not all(_WORDNET.fullmatch(name) for name in names):
        return {}
    try:
        order = import_module("timm.data").ImageNetInfo().label_names()
    except ImportError:
        return {}
    known = {name: unit for unit, name in enumerate(order)}
    return {name: known[name] for name in names if name in known}


def _plain(name: str) -> str:
    return " ".join(re.split(r"[\W_]+", name.casefold())).strip()
