"""Loads a file's weights into a network, whatever the file's layout, if exactly one reading of it fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.errors import BadFile, plain
from inverset.sampler.zoo.networks import state
from inverset.sampler.zoo.networks.tables import Reading, readings, shared_prefixes, versions, with_versions

_KEY = "#"  # between a file's name and the key of one of several sets of weights in it
_SHOWN = 3  # names of a kind in a message
_COUNTED = "num_batches_tracked"  # of a batch norm; files from before it was counted have none
_ALIKE = 0.5  # of a network's tensors that a reading has, below which it is not tried

Build = Callable[[Mapping[str, Tensor]], nn.Module]


class Misfit(NamedTuple):
    """The differences between a reading and a network."""

    missing: Sequence[str]
    unused: Sequence[str]
    other: Sequence[str]  # of another shape, with both

    def __str__(self) -> str:
        """A text such as ``missing fc.weight and fc.bias; unused head.weight``."""
        parts = {"missing": self.missing, "unused": self.unused, "of another shape": self.other}
        texts = [f"{what} {_abbreviated(names)}" for what, names in parts.items() if names]
        return "; ".join(texts) or "its names and shapes fit, but the network does not accept it"

    @property
    def size(self) -> int:
        """The number of tensors that do not fit."""
        return sum(map(len, self))


class Try(NamedTuple):
    """A reading, and a network that it may fit."""

    reading: Reading
    module: nn.Module
    misfit: Misfit


@dataclass(frozen=True)
class Checkpoint:
    """A file of weights."""

    path: Path
    holds: object
    key: str = ""  # of the set of weights that is meant; empty: the only one that fits

    @classmethod
    def of(cls, folder: Path, name: str) -> "Checkpoint":
        """The file that an entry names, as ``FILE`` or ``FILE#KEY``. Raises BadFile where it cannot be read."""
        file, key = name, ""
        if _KEY in name and not (folder / Path(name).expanduser()).is_file():
            file, _, key = name.rpartition(_KEY)
        path = state.within(folder, file)
        return cls(path, state.contents(path), key)

    def fill(self, build: Build, renamed: Callable[[str], str] = str) -> nn.Module:
        """The network that ``build`` makes for a reading, with the tensors of that reading.

        Args:
            build: a network for these tensors, whose own are to be replaced.
            renamed: what a tensor is called today, by its name in the file.

        Raises:
            BadFile: no reading fits, or several do that differ; the message names the readings and the nearest one.
        """
        every = [
            reading.called(renamed)
            for reading in readings(self.holds)
            if not self.key or self.key == reading.name
        ]
        if not every:
            raise BadFile(f"{self.path} holds no weights{self._meant}: {self._described()}")
        tries = [
            Try(reading, module, _misfit(reading, module))
            for candidate in every
            for module in (build(candidate.tensors),)
            for reading in (candidate, *_with_prefixes(candidate, module))
        ]
        likely = [
            candidate
            for candidate in tries
            if len(candidate.misfit.missing) <= _ALIKE * len(candidate.module.state_dict())
        ]
        fitting = [candidate for candidate in likely if self._taken(candidate)]
        if not fitting:
            raise BadFile(self._refusal(min(tries, key=lambda candidate: candidate.misfit.size)))
        chosen = self._only(fitting)
        if chosen is not likely[-1]:  # which may have altered it
            _loaded(chosen.module, chosen.reading.tensors)
        return chosen.module

    def _taken(self, tried: Try) -> bool:
        """Load a reading, and return whether the network accepts it."""
        for name, value in tried.reading.tensors.items():
            state.look_at_storage(self.path, name, value)
        return _loaded(tried.module, tried.reading.tensors)

    def _refusal(self, nearest: Try) -> str:
        return (
            f"{self.path} is not of this network; it holds {self._described()}. The nearest reading is "
            f"{plain(str(nearest.reading))}: {nearest.misfit}"
        )

    def _only(self, fitting: Sequence[Try]) -> Try:
        """The one reading that fits. Raises BadFile where several differ, or hold values that are no finite numbers."""
        first = fitting[0].reading
        if others := [
            other.reading for other in fitting[1:] if not _same(other.reading.tensors, first.tensors)
        ]:
            keys = [plain(str(other)) for other in (first, *others)]
            raise BadFile(
                f"{self.path} holds {len(keys)} sets of weights that fit and differ: {', '.join(keys)}; say which, as in "
                f"weights = {f'{self.path.name}{_KEY}{plain(first.name)}'!r}"
            )
        state.check_finite(self.path, first.tensors)
        return fitting[0]

    @property
    def _meant(self) -> str:
        return f" under {plain(self.key)!r}" if self.key else ""

    def _described(self) -> str:
        """A short description of the file's contents."""
        if not isinstance(self.holds, Mapping):
            return f"a {type(self.holds).__name__}"
        if all(isinstance(value, Tensor) for value in self.holds.values()):
            return f"{len(self.holds)} tensors ({_abbreviated([*map(str, self.holds)])})"
        return _abbreviated([f"{key} ({_kind(value)})" for key, value in self.holds.items()], 2 * _SHOWN)


def fill(module: nn.Module, folder: Path, name: str) -> nn.Module:
    """Load the tensors of a file that an entry names into a network.

    Raises:
        BadFile: they are not this network's.
    """
    return Checkpoint.of(folder, name).fill(lambda _: module)


def _with_prefixes(reading: Reading, module: nn.Module) -> list[Reading]:
    """The reading with the network's common prefixes added, for networks that are still wrapped."""
    if reading.prefix:
        return []
    return [
        Reading(reading.name, {prefix + key: value for key, value in reading.tensors.items()})
        for prefix in shared_prefixes(module.state_dict())
    ]


def _misfit(reading: Reading, module: nn.Module) -> Misfit:
    expected, tensors = module.state_dict(), reading.tensors
    return Misfit(
        [name for name in expected if name not in tensors and not name.endswith(_COUNTED)],
        [name for name in tensors if name not in expected],
        [
            f"{name} ({_shape(tensors[name])}, here {_shape(expected[name])})"
            for name in expected
            if name in tensors and tensors[name].shape != expected[name].shape
        ],
    )


def _loaded(module: nn.Module, tensors: Mapping[str, Tensor]) -> bool:
    """Whether a network accepts the tensors, by itself or with its own modules' versions."""
    tries = [tensors]
    if versions(tensors) is None:  # MNASNet takes no weights without
        tries.append(with_versions(tensors, versions(module.state_dict()) or {}))
    return any(_takes(module, attempt) for attempt in tries)


def _takes(module: nn.Module, tensors: Mapping[str, Tensor]) -> bool:
    try:
        module.load_state_dict(tensors)
    except Exception:  # noqa: BLE001 - a network may take weights in a way of its own, and fail in any
        return False
    return True


def _same(some: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> bool:
    return some.keys() == others.keys() and all(torch.equal(some[name], others[name]) for name in some)


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        count = sum(isinstance(entry, Tensor) for entry in value.values())
        return f"{count} tensors" if count else "no tensors"
    return "a tensor" if isinstance(value, Tensor) else type(value).__name__


def _abbreviated(names: Sequence[str], most: int = _SHOWN) -> str:
    shown = ", ".join(plain(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"
