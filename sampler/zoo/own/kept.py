"""Stored measurements: in ``models`` of the data folder, one folder each, named by the content that they were made of."""

import hashlib
import io
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.format import open_memmap
from safetensors.torch import load_file, save_file
from torch import Tensor

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors import kept as priors_kept
from inverset.sampler.priors.worth import PriorCard
from inverset.sampler.zoo import statistics_file

FOLDER = "models"
_ABOUT, _PROGRESS, _STATISTICS, _CATALOGUE = (
    "about.json",
    "progress.json",
    "statistics.safetensors",
    "neurons.json",
)
_PRIOR, _TRAINING = "prior.safetensors", "prior.pt"
_COLUMNS = "neurons"  # the folder of those that were read one by one
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class About:
    """What was measured; measurements of earlier versions lack parts of it."""

    name: str = ""  # of the model
    sha256: str = ""
    images: int = 0  # 0: draws of the generator were
    of: int = 0  # natural images that there are
    draws: int = 0
    axes: int | None = None
    neurons: int = 0
    chosen: int | None = None  # images that the measurement was limited to; None: to none
    prior: PriorCard | None = None

    @property
    def measured_on(self) -> str:
        """A phrase for the images that the quantiles were measured on."""
        if not self.images:
            return f"measured on {self.draws} random images of the generator, because there are no natural images"
        if self.images < self.of:
            return f"measured on {self.images} of {self.of} natural images"
        return f"measured on {self.images} natural images"


@dataclass(frozen=True)
class _Progress:
    """How far an interrupted measurement is."""

    done: int  # images


@dataclass(frozen=True)
class Kept:
    """One measurement; it is complete once ``about.json`` exists, which is written last."""

    folder: Path

    @classmethod
    def of(cls, data: Path, key: str) -> "Kept":
        """The place of a measurement, whether it exists or not."""
        return cls(data / FOLDER / key[:32])

    @property
    def is_whole(self) -> bool:
        """Whether the measurement is complete."""
        return (self.folder / _ABOUT).is_file()

    @property
    def lock(self) -> Path:
        """The file that a measuring process locks."""
        return self.folder / "lock"

    @property
    def about(self) -> About:
        """The description of the measured model and images."""
        return decode(About, json.loads((self.folder / _ABOUT).read_text()))

    @property
    def done(self) -> int:
        """The number of images measured before the last interruption."""
        try:
            return decode(_Progress, json.loads((self.folder / _PROGRESS).read_text())).done
        except (OSError, ValueError):
            return 0

    def note(self, done: int) -> None:
        """Record that this many images are safe."""
        _written(self.folder / _PROGRESS, json.dumps(encode(_Progress(done))).encode())

    def table(self, name: str, shape: tuple[int, int], *, anew: bool) -> np.memmap:
        """A table of float32 in a file, for writing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.npy"
        if not anew:
            existing: np.memmap = open_memmap(path, mode="r+")
            if existing.shape == shape:
                return existing
        made: np.memmap = open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        return made

    def tensor(self, name: str) -> Tensor | None:
        """A complete table as a tensor in the file's memory; None: there is none."""
        path = self.folder / f"{name}.npy"
        if not path.exists():
            return None
        # "c": torch wants to be able to write, which alters no file.
        return torch.from_numpy(np.load(path, mmap_mode="c"))

    def column(self, neuron: str) -> Tensor | None:
        """The activations (images,) of a neuron that was read after the measurement; None: it was not."""
        try:
            return torch.from_numpy(np.load(self._column(neuron)))
        except (OSError, ValueError):
            return None

    def keep_column(self, neuron: str, values: Tensor) -> None:
        """Write the activations (images,) of a neuron; a read-only folder is ignored."""
        content = io.BytesIO()
        np.save(content, values.numpy())
        try:
            self._column(neuron).parent.mkdir(exist_ok=True)
            _written(self._column(neuron), content.getvalue())
        except OSError as error:
            log.warning("%s was not saved: %s", neuron, error)

    def _column(self, neuron: str) -> Path:
        return self.folder / _COLUMNS / f"{hashlib.sha256(neuron.encode()).hexdigest()[:32]}.npy"

    @property
    def training(self) -> Path:
        """The file of an unfinished training of the prior."""
        return self.folder / _TRAINING

    @property
    def is_summarised(self) -> bool:
        """Whether ``keep`` was called."""
        return (self.folder / _CATALOGUE).is_file()

    def keep(self, statistics: CodeStatistics, neurons: Mapping[str, NeuronStatistics]) -> None:
        """Write the statistics of codes and neurons."""
        self.folder.mkdir(parents=True, exist_ok=True)
        statistics_file.write(statistics, self.folder / _STATISTICS)
        described = {name: encode(each) for name, each in neurons.items()}
        _written(self.folder / _CATALOGUE, json.dumps(described).encode())

    def conclude(self, prior: Prior, about: About) -> None:
        """Write the prior over codes, and mark the measurement as complete."""
        if state := priors_kept.state(prior):
            save_file(state, self.folder / _PRIOR)
        _written(self.folder / _ABOUT, json.dumps(encode(about), indent=1).encode())
        for path in (self.folder / _PROGRESS, *self.folder.glob(f"{Path(_TRAINING).stem}*.pt")):
            path.unlink(missing_ok=True)
        os.utime(self.folder.parent)  # workers that watch the folder look again

    def statistics(self, device: torch.device) -> CodeStatistics:
        """The statistics of the codes, on a device."""
        return statistics_file.read(self.folder / _STATISTICS, device)

    def prior(self, device: torch.device) -> Prior | None:
        """The prior over codes, on a device; None: the Gaussian of the code statistics."""
        path = self.folder / _PRIOR
        about = self.about.prior
        if about is None or not path.exists():
            return None
        return priors_kept.restored(about.kind, self.statistics(device), load_file(path))

    @property
    def neurons(self) -> dict[str, Any]:
        """The mean, standard deviation and quantiles of each neuron, by name."""
        neurons: dict[str, Any] = json.loads((self.folder / _CATALOGUE).read_text())
        return neurons

    def remove(self) -> None:
        """Delete the measurement."""
        shutil.rmtree(self.folder, ignore_errors=True)


def of_name(data: Path, name: str) -> Iterator[Kept]:
    """The measurements of models of this name, past and present."""
    for path in sorted((data / FOLDER).glob(f"*/{_ABOUT}")):
        kept = Kept(path.parent)
        if kept.about.name == name:
            yield kept


def _written(path: Path, content: bytes) -> None:
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(content)
    draft.replace(path)
