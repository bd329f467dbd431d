"""A custom model's entry in ``models.toml``, with errors in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.networks import NetworkEntry

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OF_NETWORKS = tuple(field.name for field in fields(NetworkEntry) if field.name != "source")
_OWN = ("description", "network", "encoder", "generator", "images", "layers", "judge")
KEYS = (*_OWN, *_OF_NETWORKS)
PIXELS = "pixels"  # the generator of a network that has none


@dataclass(frozen=True)
class EncoderEntry:
    """E: a layer of the network, or of another one."""

    layer: str | None = None  # None: the one that the generator inverts, or the network's own choice
    network: NetworkEntry | None = None  # None: the studied one


@dataclass(frozen=True)
class JudgeEntry:
    """The judge of images: a layer of a network that is not the studied one."""

    network: NetworkEntry
    layer: str
    name: str | None = None  # for display; None: the network's source


@dataclass(frozen=True)
class Entry:
    """A model as an entry of ``models.toml``; relative paths are relative to the file's folder."""

    name: str
    network: NetworkEntry
    encoder: EncoderEntry
    generator: GeneratorEntry
    images: str | None  # a folder of natural images; None: there are none
    layers: tuple[str, ...]  # shell patterns of the layers that may be sampled; empty: all
    description: str | None
    judge: JudgeEntry | None = None  # None: no network is needed

    @classmethod
    def of(cls, name: str, table: Mapping[str, Any]) -> "Entry":
        """The entry in a table of the file.

        Raises:
            BadEntry: the name, a key or a value is invalid; the message names it and the nearest valid one.
        """
        check_name(name)
        try:
            return cls._of(name, table)
        except BadEntry as error:
            raise BadEntry(f"[{name}]: {error}") from None

    @classmethod
    def _of(cls, name: str, table: Mapping[str, Any]) -> "Entry":
        if not isinstance(table, Mapping):
            raise BadEntry("a model must be a table of keys")
        for key in table:
            if key not in KEYS:
                raise BadEntry(f"a model has no key {key!r}; {did_you_mean(key, KEYS)}")
        return cls(
            name=name,
            network=_network(table),
            encoder=_encoder(table.get("encoder")),
            generator=_generator(table.get("generator", PIXELS)),
            images=_text(table, "images"),
            layers=_layers(table.get("layers", [])),
            description=_text(table, "description"),
            judge=_judge(table.get("judge")),
        )


def check_name(name: str) -> None:
    """Raises BadEntry for an invalid model name: names appear in addresses and commands."""
    if not _NAME.fullmatch(name):
        raise BadEntry(
            f"{name!r} is not a valid model name: use up to 64 letters, digits, dots, dashes and underscores"
        )


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise BadEntry(f"{key} is a text in quotes, not {value!r}")
    return value


def _network(table: Mapping[str, Any]) -> NetworkEntry:
    """The network in an entry: ``network`` is a source, or a table with all its keys; these may also stand beside it."""
    beside = {key: table[key] for key in _OF_NETWORKS if key in table}
    if "network" not in table:
        raise BadEntry("a model needs a network, as in network = 'torchvision:resnet50'")
    return NetworkEntry.of({**_part(table["network"], "network"), **beside})


def _encoder(value: object) -> EncoderEntry:
    """The encoder in an entry: a layer, or a table with ``layer`` and, for another network, ``network`` and its keys."""
    if value is None or isinstance(value, str):
        return EncoderEntry(value)
    return EncoderEntry(*_layer_of(_table(value, "encoder", "a layer"), "encoder"))


def _judge(value: object) -> JudgeEntry | None:
    """The judge in an entry: a table with ``network`` and its keys, ``layer``, and perhaps ``name``."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise BadEntry("judge must be a table of a network and one of its layers, not of the studied network")
    layer, network = _layer_of({key: part for key, part in value.items() if key != "name"}, "judge")
    if network is None or layer is None:
        raise BadEntry(
            "judge needs a network and a layer, as in { network = 'torchvision:resnet18', layer = 'avgpool' }"
        )
    return JudgeEntry(network, layer, _text(value, "name"))


def _layer_of(value: Mapping[str, Any], whose: str) -> tuple[str | None, NetworkEntry | None]:
    """The ``layer``, and the ``network`` with its keys; None for what is missing."""
    table = dict(value)
    layer, network = _text(table, "layer"), table.pop("network", None)
    table.pop("layer", None)
    known = ("layer", "network", *_OF_NETWORKS)
    for key in table:
        if key not in known or network is None:
            hint = did_you_mean(key, known) if key not in known else "name the network that it belongs to"
            raise BadEntry(f"{whose} has no key {key!r}; {hint}")
    return layer, None if network is None else NetworkEntry.of(
        {**_part(network, f"network of {whose}"), **table}
    )


def _generator(value: object) -> GeneratorEntry:
    """The generator in an entry: a source, or a table with ``source``, ``size`` and the family's own options."""
    table = dict(_part(value, "generator"))
    source, size = table.pop("source", None), table.pop("size", None)
    if not isinstance(source, str):
        raise BadEntry("a generator needs a source, as in source = 'diffusers:FOLDER'")
    if size is not None and not _is_size(size):
        raise BadEntry(f"size of a generator is [height, width] in pixels, not {size!r}")
    return GeneratorEntry(source, None if size is None else (size[0], size[1]), table)


def _is_size(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in value)
    )


def _layers(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
        raise BadEntry(f"layers is a list of patterns, as in ['layer4.*', 'fc'], not {value!r}")
    return tuple(value)


def _part(value: object, key: str) -> Mapping[str, Any]:
    return {"source": value} if isinstance(value, str) else _table(value, key, "a source")


def _table(value: object, key: str, short: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadEntry(f"{key} is {short} in quotes, or a table, not {value!r}")
    return value
