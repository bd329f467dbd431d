"""Where the weights are in what people save: tables of tensors in a checkpoint, and keys behind a prefix."""

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
        """With other names."""
        if all(renamed(name) == name for name in self.tensors):
            return self
        return replace(self, tensors={renamed(name): value for name, value in self.tensors.items()})

    def __str__(self) -> str:
        """For people: ``model.state_dict without the prefix module.``."""
        where = self.name or "the file as it is"
        return f"{where} without the prefix {self.prefix}" if self.prefix else where


def readings(found: object) -> list[Reading]:
    """Every table of tensors in a checkpoint, as it is and without a prefix of its keys."""
    return [each for name, table in tables(found) for each in _without_prefixes(name, table)]


def tables(found: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
    """The tables of tensors in nested mappings, by the keys that lead to them."""
    if not isinstance(found, Mapping):
        return
    if table := _tensors(found):
        yield name, table
    if depth < _DEEPEST:
        for key, value in found.items():
            yield from tables(value, f"{name}.{key}".removeprefix("."), depth + 1)


def shared_prefixes(names: Mapping[str, object]) -> list[str]:
    """What all names begin with, up to one dot, two dots and so on."""
    found, prefix = list[str](), ""
    while first := _first_word([name.removeprefix(prefix) for name in names]):
        prefix += first
        found.append(prefix)
    return found


def versions(table: Mapping[str, Tensor]) -> Mapping[Any, Any] | None:
    """What torch.save keeps beside a state_dict: the versions of its modules, by their paths. None: there are none."""
    found = getattr(table, _VERSIONS, None)
    return found if isinstance(found, Mapping) else None


def with_versions(table: Mapping[str, Tensor], known: Mapping[Any, Any]) -> Mapping[str, Tensor]:
    """The tensors with these versions of their modules."""
    made = OrderedDict(table)
    setattr(made, _VERSIONS, dict(known))
    return made


def _tensors(found: Mapping[object, object]) -> Mapping[str, Tensor]:
    if all(isinstance(key, str) and isinstance(value, Tensor) for key, value in found.items()):
        return found  # type: ignore[return-value] # with the versions that torch.save put beside it
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _without_prefixes(name: str, table: Mapping[str, Tensor]) -> Iterator[Reading]:
    yield Reading(name, table)
    shared = shared_prefixes(table)
    for prefix in shared:
        yield Reading(name, _behind(table, prefix), prefix)
    for word in () if shared else _WRAPPERS:
        inner = _behind(table, f"{word}.")
        for prefix in ["", *shared_prefixes(inner)] if inner else []:
            yield Reading(f"{name}.{word}".removeprefix("."), _behind(inner, prefix), f"{word}.{prefix}")


def _first_word(names: list[str]) -> str | None:
    """What all names begin with, with its dot."""
    word, dot, _ = names[0].partition(".") if names else ("", "", "")
    return word + dot if dot and all(name.startswith(word + dot) for name in names) else None


def _behind(table: Mapping[str, Tensor], prefix: str) -> Mapping[str, Tensor]:
    """The tensors whose keys begin so, without that."""
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
