"""Loads generators by their source: each family is one file here, chosen by the word before the colon."""

from importlib import import_module
from pathlib import Path

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator
from inverset.sampler.zoo.networks import NetworkEntry
from inverset.sampler.zoo.parts import Generator

__all__ = ["GeneratorEntry", "UnusableGenerator", "families", "load", "parts"]

_FAMILIES = {  # imported on first use; each has load(place, entry, folder)
    "biggan": "inverset.sampler.zoo.generators.biggan",
    "caffe": "inverset.sampler.zoo.caffe.generators",
    "deepsim": "inverset.sampler.zoo.caffe.generators",
    "diffusers": "inverset.sampler.zoo.generators.diffusers",
    "export": "inverset.sampler.zoo.generators.custom",
    "factory": "inverset.sampler.zoo.generators.custom",
    "inverter": "inverset.sampler.zoo.generators.inverter",
    "pixels": "inverset.sampler.zoo.generators.pixels",
}
_LARGEST = 4096  # pixels of a side; an untrusted file may declare any size


def families() -> tuple[str, ...]:
    """The words that a source may begin with."""
    return tuple(_FAMILIES)


def parts(entry: GeneratorEntry) -> list[NetworkEntry]:
    """What a generator of one's own is read from, as entries of networks; others have none.

    Raises:
        ZooError: an option is wrong.
    """
    if _FAMILIES.get(entry.family) != _FAMILIES["export"]:
        return []
    made: list[NetworkEntry] = import_module(_FAMILIES["export"]).parts(entry)
    return made


def load(entry: GeneratorEntry, folder: Path) -> Generator:
    """A generator: frozen, in evaluation mode, on the CPU.

    Args:
        entry: what is known of it.
        folder: the base of relative paths.

    Raises:
        ZooError: no such family, nothing usable in that place, or an option that the family does not have.
    """
    family, _, place = entry.source.partition(":")
    if family not in _FAMILIES:
        raise ZooError(f"no generators are called {family!r}; {did_you_mean(family, families())}")
    made: Generator = import_module(_FAMILIES[family]).load(place, entry, folder)
    if max(made.size) > _LARGEST:
        raise UnusableGenerator(
            f"{entry.source} makes {made.size[0]} x {made.size[1]} pixels; the limit is {_LARGEST}"
        )
    made.module.eval().requires_grad_(requires_grad=False)
    return made
