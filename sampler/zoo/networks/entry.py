"""A network's entry in ``models.toml``: its source, its preprocessing, and the names of its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks.preprocessing import Preprocessing


@dataclass(frozen=True)
class NetworkEntry:
    """A network as an entry of ``models.toml``; file names are relative to the entry's folder."""

    source: str  # "torchvision:resnet50", "timm:vit_tiny_patch16_224", "export:FILE.pt2", "factory:module:function"
    weights: str | None = None  # a name of the family's own, or a file; None: as the source makes it
    # These settings take precedence over the family's.
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    # Layer -> a file of lines, or a list.
    labels: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    # Layer -> files of vectors, or of sparse autoencoders.
    directions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channels_last: Sequence[str] = ()  # layers, as shell patterns, whose maps are (k, h, w, c)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "NetworkEntry":
        """The entry of a TOML table.

        Raises:
            BadEntry: a key is unknown, or a value of another type.
        """
        known(table, cls, "a network")
        if not isinstance(table.get("source"), str):
            raise BadEntry("a network needs a source, as in source = 'torchvision:resnet50'")
        _mappings(table)
        given = dict(table)
        if "preprocessing" in given:
            given["preprocessing"] = Preprocessing.of(given["preprocessing"])
        return cls(**given)


def known(table: Mapping[str, Any], kind: type, what: str) -> None:
    """Check the keys of a table against the fields of a dataclass.

    Raises:
        BadEntry: one is unknown; the message gives the nearest.
    """
    names = [setting.name for setting in fields(kind)]
    for key in table:
        if key not in names:
            raise BadEntry(f"{what} has no setting {key!r}; {did_you_mean(key, names)}")


def _mappings(table: Mapping[str, Any]) -> None:
    for key in ("preprocessing", "labels", "directions"):
        if not isinstance(table.get(key, {}), Mapping):
            raise BadEntry(f"{key} of a network is a table, not {table[key]!r}")
    for key, value in (("weights", table.get("weights", "")), *table.get("labels", {}).items()):
        if not isinstance(value, str) and not (key != "weights" and _names(value)):
            raise BadEntry(f"{key} is a name or a file{'' if key == 'weights' else ', or a list of names'}")
    lists = [("channels_last", table.get("channels_last", [])), *table.get("directions", {}).items()]
    for key, value in lists:
        if not _names(value):
            raise BadEntry(f"{key} is a list of names, not {value!r}")


def _names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)
