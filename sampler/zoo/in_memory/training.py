"""Trains a generator for a network that the caller holds; it inverts a layer, and is stored by the content of all its inputs."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from inverset.sampler.zoo import generators
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.inversion.inverter import paintable
from inverset.sampler.zoo.inversion.reading import Reader
from inverset.sampler.zoo.networks import NetworkEntry
from inverset.sampler.zoo.networks.layers import find, readable
from inverset.sampler.zoo.own.calibration import NOTED, OnProgress
from inverset.sampler.zoo.own.entry import PIXELS, EncoderEntry, Entry, check_name
from inverset.sampler.zoo.own.kept import FOLDER
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.own.training import Training, in_words
from inverset.sampler.zoo.parts import Generator, Network, Size


def train(
    name: str,
    network: Network,
    images: Callable[[Size], Pictures],
    recipe: Recipe,
    data: Path,
    on_progress: OnProgress,
) -> Generator:
    """The generator, trained if it was not before; an interrupted training is resumed.

    Args:
        name: the model's, with which the folder's name begins.
        network: of which a layer is inverted, on the device where it computes.
        images: to learn from, at the size that is painted; a tenth is held out.
        recipe: a layer; where no size is named, the one of the network's images is painted, or nearly.
        data: the folder in whose ``generators`` it is kept, by the content of the network, the images and the recipe.
        on_progress: hears how many steps are done, and the parts of the loss.

    Raises:
        BadEntry: there is no such layer, there are too few images, or another process trains it.
    """
    check_name(name)
    if recipe.layer is None:
        raise BadEntry("name the layer to invert")
    reader = Reader(network, find(readable(network), recipe.layer).name, network.size)
    size, noted = recipe.size or paintable(reader.shape, network.size), data / FOLDER / NOTED
    recipe = replace(recipe, size=size)
    pictures = images(size).readable(noted, on_progress)
    content = f"{network.sha256} {pictures.sha256(noted)} {recipe}"
    entry = Entry(
        name=f"{name[:48]}-{hashlib.sha256(content.encode()).hexdigest()[:12]}",
        network=NetworkEntry("in memory"),
        encoder=EncoderEntry(recipe.layer),
        generator=GeneratorEntry(PIXELS),
        images=None,
        layers=(),
        description=None,
    )
    training = Training(entry, network, reader, pictures, recipe, data)
    if not training.is_whole:
        with training.alone():
            trainer = training.begin(anew=False)
            with closing(training.learn(trainer)) as learning:  # closing saves the state
                for done, losses in learning:
                    if done % 10 == 0 or done == recipe.steps:
                        on_progress(done, recipe.steps, f"steps: {in_words(losses)}")
            training.finish(trainer)
    return generators.load(GeneratorEntry(training.source), data)
