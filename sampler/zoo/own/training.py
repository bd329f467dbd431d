"""Trains a generator for a custom model: it inverts a layer, can be interrupted and resumed, and is stored beside the model."""

import json
import shutil
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.inversion import judging, kept
from inverset.sampler.zoo.inversion.about import About, Figures, Recipe, TrainedFrom, Trial
from inverset.sampler.zoo.inversion.fitting import TrainingRun
from inverset.sampler.zoo.inversion.inverter import paintable
from inverset.sampler.zoo.inversion.reading import Reader
from inverset.sampler.zoo.inversion.trainer import Trainer
from inverset.sampler.zoo.networks.layers import find, readable
from inverset.sampler.zoo.own.calibration import NOTED, OnProgress, silently
from inverset.sampler.zoo.own.entry import PIXELS, Entry
from inverset.sampler.zoo.own.kept import FOLDER as MEASUREMENTS
from inverset.sampler.zoo.own.locking import alone
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.parts import Network

FOLDER = "generators"
T = TypeVar("T")
_ASKED = "asked.json"  # of an unfinished training
_SHEET_SECONDS = 60.0  # between two contact sheets of it


@dataclass(frozen=True)
class Training:
    """A model's network, the training images, and the place of the generator."""

    entry: Entry
    network: Network  # that E is a layer of
    reader: Reader
    pictures: Pictures
    recipe: Recipe  # with nothing left open
    data: Path
    place: str | None = None  # of the generator, below ``FOLDER``; None: the model's name

    @classmethod
    def of(
        cls,
        entry: Entry,
        data: Path,
        recipe: Recipe,
        device: str,
        on_progress: OnProgress = silently,
        place: str | None = None,
    ) -> "Training":
        """The training for an entry, with its network loaded and its images read.

        Raises:
            ZooError: a part cannot be loaded, nothing says which layer is to be inverted, or there are no images.
        """
        _check_generator(entry)
        recipe = _with_former_settings(entry, data, recipe)
        network = networks.load(entry.encoder.network or entry.network, data)
        network.module.to(device)
        layer = _layer(entry, recipe, network)
        reader = Reader(network, layer, network.size)
        size = recipe.size or entry.generator.size or paintable(reader.shape, network.size)
        if entry.images is None:
            raise BadEntry("there are no images to train on: give a folder of images")
        pictures = Pictures.of(data / entry.images, size).readable(_noted(data), on_progress)
        return cls(entry, network, reader, pictures, replace(recipe, layer=layer, size=size), data, place)

    @property
    def source(self) -> str:
        """The generator's source for ``models.toml``."""
        return f"inverter:{FOLDER}/{self.entry.name}"

    @property
    def folder(self) -> Path:
        """The folder of the trained generator."""
        return self.data / FOLDER / (self.place or self.entry.name)

    @property
    def is_whole(self) -> bool:
        """Whether a training with these settings was finished."""
        about = _read(About, self.folder / kept.ABOUT)
        return about is not None and about.asked == self._asked

    @property
    def is_begun(self) -> bool:
        """Whether there is an unfinished training to resume."""
        return (self._work / "training.pt").exists()

    @property
    def sheet(self) -> Path:
        """The contact sheet of an unfinished training."""
        return self._work / kept.SHEET

    def alone(self) -> AbstractContextManager[None]:
        """Lock this training against other processes. Raises BadEntry where another process runs it."""

        def refuse() -> None:
            raise BadEntry("another process is training it")

        return alone(self.folder.with_name(f".{self.folder.name}.lock"), refuse)

    def begin(self, *, anew: bool) -> Trainer:
        """The generator in training, in its last saved state.

        Raises:
            BadEntry: an unfinished training has other settings and ``anew`` is not set, or there are too few images.
        """
        if anew:
            shutil.rmtree(self._work, ignore_errors=True)
        if (former := _read(TrainedFrom, self._work / _ASKED)) is not None:
            _check_unchanged(former, self._asked)
        assert self.recipe.size is not None  # noqa: S101 - of
        with torch.random.fork_rng():
            torch.manual_seed(0)
            trainer = Trainer.of(self.reader, self.pictures, self.recipe.size, self.recipe)
        self._work.mkdir(parents=True, exist_ok=True)
        (self._work / _ASKED).write_text(json.dumps(encode(self._asked)))
        return trainer

    def learn(self, trainer: Trainer) -> Generator[tuple[int, dict[str, Tensor]]]:
        """The number of steps done and the parts of the loss, after each step; closing the iterator saves the state.

        A contact sheet in ``sheet`` is renewed now and then.
        """
        device = self.reader.device
        recipe, half = self.recipe, device.type == "cuda"
        run = TrainingRun(recipe.steps, recipe.batch, recipe.rate, str(device), self._work, half)
        due = time.monotonic()
        with closing(trainer.learn(run)) as learning:
            for done, losses in learning:
                if time.monotonic() >= due:
                    judging.sheet(trainer).save(self.sheet)
                    due = time.monotonic() + _SHEET_SECONDS
                yield done, losses

    def finish(self, trainer: Trainer, search: Sequence[Trial] = ()) -> Figures:
        """Evaluate and store the generator in place of an earlier one.

        Args:
            trainer: after its last step.
            search: the trials that found the layer.

        Returns:
            The figures of ``judging``.
        """
        trainer.generator.eval()
        figures = judging.figures(trainer, self.recipe.batch)
        assert self.recipe.layer is not None  # noqa: S101 - of
        found = tuple(search)
        about = About(self.recipe.layer, self.network.sha256, self._asked, **vars(figures), search=found)
        judging.sheet(trainer).save(self._work / kept.SHEET)
        kept.save(trainer, self._work, about)
        for name in ("training.pt", _ASKED):
            (self._work / name).unlink(missing_ok=True)
        former = self._work.with_suffix(".former")
        if self.folder.exists():
            self.folder.rename(former)
        self._work.rename(self.folder)
        shutil.rmtree(former, ignore_errors=True)
        return figures

    @property
    def _work(self) -> Path:
        return unfinished(self.folder)

    @cached_property
    def _asked(self) -> TrainedFrom:
        """All settings that determine the weights."""
        images = self.pictures.sha256(_noted(self.data))
        return TrainedFrom(**vars(self.recipe), network=self.network.sha256, images=images)


def unfinished(folder: Path) -> Path:
    """The folder of a generator in training, beside its place."""
    return folder.with_name(f".{folder.name}.unfinished")  # no model's name begins with a dot


def known_layer(entry: Entry, data: Path, recipe: Recipe) -> str | None:
    """The layer to invert: the recipe's, or that of an earlier or an unfinished training, or E where it is of another network.

    None: it is to be found, or E is inverted.
    """
    if recipe.layer is not None:
        return recipe.layer
    folder = data / FOLDER / entry.name
    former = _read(TrainedFrom, unfinished(folder) / _ASKED)
    if former is not None:
        return former.layer
    if entry.encoder.network is not None:
        return entry.encoder.layer
    return _with_former_settings(entry, data, recipe).layer


def in_words(losses: Mapping[str, Tensor]) -> str:
    """The parts of a training's loss in one line, as progress shows them."""
    return " ".join(f"{part} {value.item():.3f}" for part, value in losses.items())


def _check_generator(entry: Entry) -> None:
    family, _, place = entry.generator.source.partition(":")
    if family != PIXELS and (family, place) != ("inverter", f"{FOLDER}/{entry.name}"):
        raise BadEntry(
            f"{entry.generator.source} is already its generator; remove `generator` from its entry to train another one"
        )


def _with_former_settings(entry: Entry, data: Path, recipe: Recipe) -> Recipe:
    """The settings with layer and size of the generator that was trained before, unless others are given."""
    if entry.generator.family == PIXELS:
        return recipe
    former = _read(About, data / FOLDER / entry.name / kept.ABOUT)
    if former is None:
        return recipe
    height, width = former.size
    return replace(recipe, layer=recipe.layer or former.layer, size=recipe.size or (height, width))


def _layer(entry: Entry, recipe: Recipe, network: Network) -> str:
    """The layer to invert. Raises BadEntry where none is known, or an invalid one is named."""
    encoder, known = entry.encoder, readable(network)
    chosen = recipe.layer or encoder.layer or network.encoder
    if chosen is None:
        names = [layer.name for layer in known[-6:]]
        raise BadEntry(f"name the layer to invert; {did_you_mean('', names)}")
    find(known, chosen)
    if encoder.network is not None and chosen != encoder.layer:
        raise BadEntry(
            f"images are compared in {encoder.network.source}; set `encoder` to a layer of it, and invert that layer"
        )
    return chosen


def _check_unchanged(former: TrainedFrom, asked: TrainedFrom) -> None:
    """Raises BadEntry where the settings differ."""
    before, now = encode(former), encode(asked)
    other = [key for key in now if before[key] != now[key]]
    if other:
        differences = ", ".join(
            f"{key} {before[key]}, not {now[key]}" if key not in {"network", "images"} else f"another {key}"
            for key in other
        )
        raise BadEntry(
            f"an unfinished training has other settings ({differences}); use the same settings, or start again with --anew"
        )


def _noted(data: Path) -> Path:
    return data / MEASUREMENTS / NOTED


def _read(kind: type[T], path: Path) -> T | None:
    """What a file describes; None: there is none, or it is damaged."""
    try:
        return decode(kind, json.loads(path.read_text()))
    except (OSError, ValueError):
        return None
