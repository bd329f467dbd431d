"""Builds a model's parts from what a notebook holds: its network, its images, and a generator or the name of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.errors import UserError
from inverset.loading import load
from inverset.progress import OnProgress
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo import generators, in_memory, parts
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.in_memory import Generator, ModelParts
from inverset.sampler.zoo.in_memory.network import Labels, device_of
from inverset.sampler.zoo.in_memory.preprocessing import Numbers
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.own.entry import PIXELS, Entry
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.parts import Network, Size
from inverset.worker.models import chosen

CHOICES = """give a generator, which makes an image from each code:
  generator=inverset.train_generator(network, "avgpool", images=..., transform=...)   learns to invert a layer of this network
  generator="inverter:FOLDER"       likewise, made by `inverset models train-generator`
  generator=inverset.Generator(G, code=512, inverts="avgpool")    a module of yours that inverts a layer
  generator=inverset.Generator(G, code=256, E=encoder)            or one with an encoder of its own
  generator="diffusers:REPOSITORY"  an autoencoder or a consistency model of the Hugging Face hub, or of a folder
  generator="biggan:FOLDER"         a BigGAN-deep
  generator="scenes"                that of another model, by the model's name
  generator="pixels:fourier"        none: nothing is learned, and images are textures that mean something to this network only"""


@dataclass(frozen=True)
class Given:
    """The arguments that a caller passes beside the network, see ``Model``."""

    generator: Generator | parts.Generator | Mapping[str, Any] | str | None = None
    images: Any = None
    transform: Any = None
    mean: Numbers | None = None
    std: Numbers | None = None
    size: int | Size | None = None
    encoder: str | None = None
    labels: Labels = ()
    layers: Sequence[str] = ()
    channels_last: Sequence[str] = ()
    name: str | None = None

    @property
    def named(self) -> list[str]:
        """The arguments that were passed."""
        return [name for name, value in vars(self).items() if value is not None and value != ()]


class _Painter(NamedTuple):
    """A generator, and E if that is a layer of a network that comes with it."""

    generator: parts.Generator
    network: Network | None = None
    layer: str | None = None


def put_together(network: nn.Module, given: Given, settings: Settings, on_progress: OnProgress) -> ModelParts:
    """The parts of a model.

    Raises:
        UserError: no generator is named, or there is none of that name.
        ZooError: a part is not what it should be.
    """
    device = device_of(network)
    size = (given.size, given.size) if isinstance(given.size, int) else given.size
    in_memory.check_mode(network, "the network")

    def fed(size: Size | None) -> in_memory.Fed:
        return in_memory.fed(given.transform, given.mean, given.std, size, device)

    if given.generator is None:
        raise UserError(CHOICES)
    if _is_pixels(given.generator):  # as many as the network takes
        feeding = fed(size)
        painter = _painter(given.generator, feeding.size, settings, (device, on_progress))
    else:
        painter = _painter(given.generator, None, settings, (device, on_progress))
        feeding = fed(size or painter.generator.size)
    if given.encoder is not None and painter.layer is not None:
        raise UserError(f"encoder: it comes with this generator, and is {painter.layer}; leave it out")
    return ModelParts(
        name=given.name or type(network).__name__,
        network=in_memory.network(network, feeding, given.labels, given.channels_last),
        generator=painter.generator,
        device=device,
        images=_pictures(given.images, painter.generator.size),
        encoder=given.encoder or painter.layer,
        other=painter.network,
        layers=tuple(given.layers),
        painted_by=given.generator if isinstance(given.generator, str) else "a generator in memory",
    )


def trained(
    network: nn.Module, given: Given, recipe: Recipe, settings: Settings, on_progress: OnProgress
) -> parts.Generator:
    """A generator for a layer of the network.

    Raises:
        UserError: there are no images.
        ZooError: a part is not what it should be, or there is no such layer.
    """
    if given.images is None:
        raise UserError("there are no images to train on: give a folder, a list or a Dataset")
    device = device_of(network)
    size = (given.size, given.size) if isinstance(given.size, int) else given.size
    in_memory.check_mode(network, "the network")
    feeding = in_memory.fed(given.transform, given.mean, given.std, size, device)
    name = given.name or type(network).__name__
    part = in_memory.network(network, feeding, (), given.channels_last)

    def images(size: Size) -> Pictures:
        made = _pictures(given.images, size)
        assert made is not None  # noqa: S101 - there are images
        return made

    return in_memory.train(name, part, images, recipe, settings.data_dir, on_progress)


def by_name(name: str, settings: Settings, on_progress: OnProgress) -> Bundle:
    """A model as `inverset models` lists it.

    Raises:
        UnknownModel: there is none of that name.
        ZooError: it cannot be loaded.
    """
    resolution.choose(zoo.known(settings.data_dir), name)
    return load(name, settings, chosen(settings.device), on_progress)


def _is_pixels(generator: object) -> bool:
    source = generator.get("source") if isinstance(generator, Mapping) else generator
    return isinstance(source, str) and source.partition(":")[0] == PIXELS


def _painter(
    generator: object, size: Size | None, settings: Settings, loading: tuple[torch.device, OnProgress]
) -> _Painter:
    if isinstance(generator, Generator):
        return _Painter(generator.part())
    if isinstance(generator, parts.Generator):
        return _Painter(generator)
    if isinstance(generator, str) and generator in zoo.known(settings.data_dir):
        return _Painter(*in_memory.of_bundle(load(generator, settings, str(loading[0]), loading[1])))
    if isinstance(generator, str) and generator.partition(":")[0] not in generators.families():
        raise UserError(f"no model and no kind of generator is called {generator!r}; {CHOICES}")
    if not isinstance(generator, str | Mapping):
        raise UserError(f"a {type(generator).__name__} is not a generator; {CHOICES}")
    entry = Entry.of("generator", {"network": "in memory", "generator": generator}).generator
    return _Painter(
        generators.load(
            GeneratorEntry(entry.source, entry.size or size, entry.options), _from(entry, settings)
        )
    )


def _from(entry: GeneratorEntry, settings: Settings) -> Path:
    """The folder that a generator's path is relative to: the current one, or the data folder."""
    place = entry.source.partition(":")[2]
    return Path() if place and Path(place).expanduser().exists() else settings.data_dir


def _pictures(images: Any, size: Size) -> Pictures | None:
    if images is None:
        return None
    if isinstance(images, str | Path):
        return in_memory.of_folder(Path(images), size)
    return in_memory.of_objects(images, size)
