"""Assembles a bundle of the caller's objects, and measures it if that was not done before."""

from dataclasses import dataclass
from pathlib import Path

import torch

from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.errors import BadEntry, ZooError
from inverset.sampler.zoo.generators import GeneratorEntry
from inverset.sampler.zoo.networks import NetworkEntry, consistency
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.bundle import assemble
from inverset.sampler.zoo.own.calibration import Calibration, OnProgress, latest, silently
from inverset.sampler.zoo.own.entry import EncoderEntry, Entry, check_name
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.parts import Generator, Network


@dataclass(frozen=True)
class ModelParts:
    """The parts of a model that the caller passes as objects."""

    name: str
    network: Network
    generator: Generator
    device: torch.device
    images: Pictures | None = None  # natural images; None: there are none
    encoder: str | None = None  # the layer that is E; None: the one that the generator inverts
    other: Network | None = None  # that E is a layer of; None: the studied one
    layers: tuple[str, ...] = ()  # shell patterns of the layers that may be sampled; empty: all
    painted_by: str = "a generator in memory"  # for the description

    def assembly(self) -> Assembly:
        """All parts on the device.

        Raises:
            BadEntry: a part does not fit another, no layer is E, or the network is no function of its image.
        """
        check_name(self.name)
        entry = Entry(
            name=self.name,
            network=NetworkEntry("in memory"),
            encoder=EncoderEntry(self.encoder),
            generator=GeneratorEntry("in memory"),
            images=None,
            layers=self.layers,
            description=f"{self.name}, a network in memory, with the generator  {self.painted_by}.",
        )
        made = Assembly(
            entry, self.network, self.other, self.generator, self.device, images=self.images
        ).fitted()
        _ = made.layer
        network = self.network
        size = self.generator.size
        if fault := consistency.fault(network.module, network.preprocess, size, made.layers, self.device):
            raise BadEntry(f"the network {fault}")
        return made


def load(held: ModelParts, data: Path, on_progress: OnProgress = silently, *, every: bool = False) -> Bundle:
    """The bundle of these parts; its measurements are stored in a folder, by the content of all parts.

    Args:
        held: the parts.
        data: where measurements are kept, as a server keeps them in its data folder.
        on_progress: hears how far a measurement is.
        every: whether to measure on all images; else on some, unless all were measured before.

    Raises:
        ZooError: a part is not what it should be, or does not fit another.
    """
    try:
        assembly = held.assembly()
        calibration = (
            Calibration.of(assembly, data, None, on_progress)
            if every
            else latest(assembly, data, on_progress)
        )
        calibration.make(on_progress)
        return assemble(calibration)
    except ZooError:
        raise
    except OSError as error:
        raise ZooError(f"{error.filename or data}: {error.strerror or error}") from error
    except Exception as error:  # a network of the caller's may raise anything
        raise ZooError(f"{held.name} cannot be run: {type(error).__name__}: {error}") from error
