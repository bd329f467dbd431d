"""Models of Python objects: a network, a generator and images, measured like those of ``models.toml``."""

from inverset.sampler.zoo.in_memory.bundle import ModelParts, load
from inverset.sampler.zoo.in_memory.generator import Generator, of_bundle
from inverset.sampler.zoo.in_memory.images import of_folder, of_objects
from inverset.sampler.zoo.in_memory.network import check_mode, network
from inverset.sampler.zoo.in_memory.preprocessing import Fed, fed
from inverset.sampler.zoo.in_memory.training import train

__all__ = [
    "Fed",
    "Generator",
    "ModelParts",
    "check_mode",
    "fed",
    "load",
    "network",
    "of_bundle",
    "of_folder",
    "of_objects",
    "train",
]
