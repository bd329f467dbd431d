"""Finds the layer of a custom model that a generator is to invert: short trainings on several, which can be interrupted and resumed."""

import json
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from inverset.contract.decoding import decode
from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.inversion import kept
from inverset.sampler.zoo.inversion.about import About, Recipe, Trial
from inverset.sampler.zoo.inversion.search import candidates, trial_steps
from inverset.sampler.zoo.networks.layers import Layer, readable
from inverset.sampler.zoo.own.calibration import OnProgress, silently
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.training import FOLDER, Training, in_words, known_layer


@dataclass(frozen=True)
class LayerSearch:
    """The search for the layer of a model, for a training with a recipe that names none."""

    entry: Entry
    data: Path
    recipe: Recipe
    device: str

    @property
    def is_needed(self) -> bool:
        """Whether nothing says which layer to invert: the recipe, an earlier training, or E where that is of another network."""
        return known_layer(self.entry, self.data, self.recipe) is None

    def trials(self) -> list[Trial]:
        """The finished trials, in the order of the network's layers."""
        found = sorted(self._folder.glob(f"*/{kept.ABOUT}"), key=lambda path: int(path.parent.name))
        return [Trial.of(decode(About, json.loads(path.read_text()))) for path in found]

    def run(self, on_progress: OnProgress = silently) -> list[Trial]:
        """All trials; those that an interrupted search finished with the same settings are not repeated.

        Raises:
            ZooError: the network cannot be loaded, no layer can be inverted, or there are no images.
        """
        layers = candidates(readable(networks.load(self.entry.network, self.data)))
        for number, layer in enumerate(layers):
            self._try(number, layer, on_progress)
        return self.trials()

    def discard(self) -> None:
        """Remove the trials."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self.data / FOLDER / self._place

    @property
    def _place(self) -> str:
        return f".{self.entry.name}.search"  # no model's name begins with a dot

    def _try(self, number: int, layer: Layer, on_progress: OnProgress) -> None:
        recipe = replace(self.recipe, layer=layer.name, steps=trial_steps(self.recipe.steps))
        place = f"{self._place}/{number}"
        looked = on_progress if number == 0 else silently  # the files are known from then on
        training = Training.of(self.entry, self.data, recipe, self.device, looked, place)
        if training.is_whole:
            return
        with training.alone():
            try:
                trainer = training.begin(anew=False)
            except BadEntry:  # it was begun with other settings
                trainer = training.begin(anew=True)
            with closing(training.learn(trainer)) as learning:
                for done, losses in learning:
                    on_progress(done, recipe.steps, f"{layer.name}: {in_words(losses)}")
            training.finish(trainer)
