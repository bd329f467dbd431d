"""Trains a generator for a network that the caller holds; it inverts a layer, and is stored by the content of all its inputs."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from inverset.sampler.zoo import generators
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.inversion.about import Wishes
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
    wishes: Wishes,
    data: Path,
    on_progress: OnProgress,
) -> Generator:
    """The generator, trained if it was not before; an interrupted training is resumed.

    Args:
        name: the model's, with which the folder's name begins.
        network: of which a layer is inverted, on the device where it computes.
        images: to learn from, at the size that is painted; a tenth is held out.
        wishes: a layer; where no size is named, the one of the network's images is painted, or nearly.
        data: the folder in whose ``generators`` it is kept, by the content of the network, the images and the wishes.
        on_progress: hears how many steps are done, and the parts of the loss.

    Raises:
        BadEntry: there is no such layer, there are too few images, or another process trains it.
    """
    check_name(name)
    if wishes.layer is None:
        raise BadEntry("name the layer that is to be inverted")
    reader = Reader(network, find(readable(network), wishes.layer).name, network.size)
    size, noted = wishes.size or paintable(reader.shape, network.size), data / FOLDER / NOTED
    wishes = replace(wishes, size=size)
    pictures = images(size).readable(noted, on_progress)
    content = f"{network.sha256} {pictures.sha256(noted)} {wishes}"
    entry = Entry(
        name=f"{name[:48]}-{hashlib.sha256(content.encode()).hexdigest()[:12]}",
        network=NetworkEntry("in memory"),
        encoder=EncoderEntry(wishes.layer),
        generator=GeneratorEntry(PIXELS),
        images=None,
        layers=(),
        description=None,
    )
    training = Training(entry, network, reader, pictures, wishes, data)
    if not training.is_whole:
        with training.alone():
            pupil = training.begin(anew=False)
            with closing(training.learn(pupil)) as learning:  # closing saves the state
                for done, losses in learning:
                    if done % 10 == 0 or done == wishes.steps:
                        on_progress(done, wishes.steps, f"steps: {in_words(losses)}")
            training.finish(pupil)
    return generators.load(GeneratorEntry(training.source), data)
