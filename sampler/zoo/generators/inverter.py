"""``inverter:FOLDER``: a generator trained by ``inverset models train-generator``."""

from dataclasses import dataclass
from pathlib import Path

from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, chosen, of_files
from inverset.sampler.zoo.inversion import kept
from inverset.sampler.zoo.parts import Generator


@dataclass(frozen=True)
class Options:
    """An inverter has no options: everything is in the folder."""


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """The generator in a folder, absolute or below ``folder``.

    Raises:
        ZooError: there is no generator, or it is damaged.
        UnusableGenerator: the entry names another size than the generator's own.
    """
    chosen(entry, Options)
    where = folder / Path(place).expanduser()
    stored = kept.load(where)
    if entry.size not in {None, stored.size}:
        raise UnusableGenerator(f"{entry.source} makes {stored.size[0]} x {stored.size[1]} pixels only")
    return Generator(
        module=stored.generator,
        code=stored.code,
        size=stored.size,
        prior=stored.prior,
        sha256=of_files([where / kept.ABOUT, where / kept.WEIGHTS]),
        floor=stored.floor,
        inverts=stored.layer,
        painting=stored.painting,
    )
