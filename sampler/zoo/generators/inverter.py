"""``inverter:FOLDER``: what ``inverset models train-generator`` made."""

from dataclasses import dataclass
from pathlib import Path

from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, chosen, of_files
from inverset.sampler.zoo.inversion import kept
from inverset.sampler.zoo.parts import Generator


@dataclass(frozen=True)
class Options:
    """All is in the folder."""


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """Read the generator of a folder, absolute or below ``folder``.

    Raises:
        ZooError: there is none, or it is damaged.
        UnusableGenerator: another size than its own was asked.
    """
    chosen(entry, Options)
    where = folder / Path(place).expanduser()
    found = kept.load(where)
    if entry.size not in {None, found.size}:
        raise UnusableGenerator(f"{entry.source} paints {found.size[0]} x {found.size[1]} pixels only")
    return Generator(
        module=found.generator,
        code=found.code,
        size=found.size,
        prior=found.prior,
        sha256=of_files([where / kept.ABOUT, where / kept.WEIGHTS]),
        floor=found.floor,
        inverts=found.layer,
        painting=found.painting,
    )
