"""Names of a layer's units: a list in the entry, or a text file with one name a line."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from inverset.contract.hints import did_you_mean
from inverset.sampler.hooks import INPUT
from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks.state import within

_LARGEST = 10_000_000  # bytes of a file
_SPACES = re.compile(r"[^\S ]")  # tabs, form feeds, line separators: no neuron's name contains them
_NUMBERED = re.compile(r"\s*(\d+)\s*[,;\t:]")


def labels_of(
    given: Mapping[str, str | Sequence[str]], module: nn.Module, folder: Path
) -> dict[str, tuple[str, ...]]:
    """The names of the units by layer, from an entry.

    Raises:
        BadEntry: there is no such layer.
        BadFile: a file is not there, or not a list of names.
    """
    layers = [name for name, _ in module.named_modules()]
    for layer in given:
        if layer.removesuffix(INPUT) not in layers:
            raise BadEntry(
                f"there are labels for {layer!r}, which is no layer; {did_you_mean(layer, layers)}"
            )
    return {
        layer: _lines(within(folder, value)) if isinstance(value, str) else tuple(value)
        for layer, value in given.items()
    }


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names that each mean one unit: the unit's number is added to empty or repeated names and to other units' numbers."""
    taken: dict[str, None] = {}  # ImageNet has two cranes
    for unit, name in enumerate(names):
        plain = name.replace("@", " at ").strip()
        if not plain or (plain.isdecimal() and plain != str(unit)):
            plain = f"{plain} ({unit})".strip()
        while plain in taken:
            plain = f"{plain} ({unit})"
        taken[plain] = None
    return tuple(taken)


def check_count(layer: str, names: Sequence[str], units: int) -> None:
    """Raises BadEntry where the number of names differs from the number of units."""
    if names and len(names) != units:
        raise BadEntry(
            f"labels: there are {len(names)} names for the {units} units of {layer} (from {names[0]!r} to "
            f"{names[-1]!r}); give one name a line, in the order of the units, without a header or empty lines"
        )


def _lines(path: Path) -> tuple[str, ...]:
    """The lines of a text file. Only a line feed, with or without a carriage return, ends a name."""
    if path.stat().st_size > _LARGEST:
        raise BadFile(f"{path} is too long for a list of unit names")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(f"{path} is not UTF-8 text") from None
    lines = text.removesuffix("\n").split("\n")
    _check_lines(path, lines)
    return tuple(_SPACES.sub(" ", line).strip() for line in lines)


def _check_lines(path: Path, lines: Sequence[str]) -> None:
    """Raises BadFile for a table or JSON: its lines would become names."""
    if lines[0].lstrip()[:1] in {"{", "["} and lines[-1].rstrip()[-1:] in {"}", "]"}:
        raise BadFile(f"{path} looks like JSON; write one name a line, in the order of the units")
    numbers = [match and int(match[1]) for match in map(_NUMBERED.match, lines)]
    if len(lines) > 1 and numbers in (list(range(len(lines))), list(range(1, len(lines) + 1))):
        raise BadFile(f"{path} numbers its lines; write the name alone on each line")
