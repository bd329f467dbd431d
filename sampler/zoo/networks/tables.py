"""Locates the weights in checkpoints: tables of tensors, and keys behind a prefix."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

_DEEPEST = 2  # containers around a table, as in {"model": {"state_dict": ...}}
_VERSIONS = "_metadata"  # torch's name
_WRAPPERS = (  # what training code puts around a network; other tensors may stand beside it
    *("module", "_orig_mod", "model", "net", "network"),
    *("ema", "model_ema", "ema_model", "online_model", "student", "teacher"),
)


@dataclass(frozen=True)
class Reading:
    """One way to read a file as the tensors of a network."""

    name: str  # the keys that lead to it, divided by dots; empty for the file as it is
    tensors: Mapping[str, Tensor]
    prefix: str = ""  # that stood before every key

    def called(self, renamed: Callable[[str], str]) -> "Reading":
        """The reading with other names."""
        if all(renamed(name) == name for name in self.tensors):
            return self
        return replace(self, tensors={renamed(name): value for name, value in self.tensors.items()})

    def __str__(self) -> str:
        """A description such as ``model.state_dict without the prefix module.``."""
        where = self.name or "the file as it is"
        return f"{where} without the prefix {self.prefix}" if self.prefix else where


def readings(content: object) -> list[Reading]:
    """Every table of tensors in a checkpoint, with and without a prefix of its keys."""
    return [reading for name, table in tables(content) for reading in _without_prefixes(name, table)]


def tables(content: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
    """The tables of tensors in nested mappings, by the keys that lead to them."""
    if not isinstance(content, Mapping):
        return
    if table := _tensors(content):
        yield name, table
    if depth < _DEEPEST:
        for key, value in content.items():
            yield from tables(value, f"{name}.{key}".removeprefix("."), depth + 1)


def shared_prefixes(names: Mapping[str, object]) -> list[str]:
    """The common prefixes of all names, up to one dot, two dots and so on."""
    prefixes, prefix = list[str](), ""
    while first := _first_word([name.removeprefix(prefix) for name in names]):
        prefix += first
        prefixes.append(prefix)
    return prefixes


def versions(table: Mapping[str, Tensor]) -> Mapping[Any, Any] | None:
    """The versions of modules, by path, that torch.save stores beside a state_dict. None: there are none."""
    recorded = getattr(table, _VERSIONS, None)
    return recorded if isinstance(recorded, Mapping) else None


def with_versions(table: Mapping[str, Tensor], known: Mapping[Any, Any]) -> Mapping[str, Tensor]:
    """The tensors with these versions of their modules."""
    made = OrderedDict(table)
    setattr(made, _VERSIONS, dict(known))
    return made


def _tensors(mapping: Mapping[object, object]) -> Mapping[str, Tensor]:
    if all(isinstance(key, str) and isinstance(value, Tensor) for key, value in mapping.items()):
        return mapping  # type: ignore[return-value] # with the versions that torch.save put beside it
    return {
        key: value for key, value in mapping.items() if isinstance(key, str) and isinstance(value, Tensor)
    }


def _without_prefixes(name: str, table: Mapping[str, Tensor]) -> Iterator[Reading]:
    yield Reading(name, table)
    shared = shared_prefixes(table)
    for prefix in shared:
        yield Reading(name, _without_prefix(table, prefix), prefix)
    for word in () if shared else _WRAPPERS:
        inner = _without_prefix(table, f"{word}.")
        for prefix in ["", *shared_prefixes(inner)] if inner else []:
            yield Reading(
                f"{name}.{word}".removeprefix("."), _without_prefix(inner, prefix), f"{word}.{prefix}"
            )


def _first_word(names: list[str]) -> str | None:
    """The common first word of all names, with its dot."""
    word, dot, _ = names[0].partition(".") if names else ("", "", "")
    return word + dot if dot and all(name.startswith(word + dot) for name in names) else None


def _without_prefix(table: Mapping[str, Tensor], prefix: str) -> Mapping[str, Tensor]:
    """The tensors whose keys have this prefix, without it."""
    if not prefix:
        return table
    inner = {key.removeprefix(prefix): value for key, value in table.items() if key.startswith(prefix)}
    known = versions(table)
    if known is None:
        return inner
    return with_versions(
        inner,
        {
            key.removeprefix(prefix) if key.startswith(prefix) else "": value
            for key, value in known.items()
            if isinstance(key, str) and f"{key}.".startswith(prefix)
        },
    )
