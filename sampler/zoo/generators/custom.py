"""Generators of one's own: ``export:FILE.pt2`` and ``factory:package.module:function``, with what their codes are.

Both are read as networks from there are: of a program no code is run, a factory is code that an admin installed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inverset.contract.errors import first_line
from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.generators.entry import (
    GeneratorEntry,
    UnusableGenerator,
    chosen,
    painted_size,
    resized,
)
from inverset.sampler.zoo.networks import NetworkEntry, factory, programs
from inverset.sampler.zoo.networks.content import sha256
from inverset.sampler.zoo.networks.state import within
from inverset.sampler.zoo.networks.weights import in_float32, seeded
from inverset.sampler.zoo.parts import Generator, Network, Prior, Size

_CODES = "codes, (k, entries) or (k, units, height, width)"


@dataclass(frozen=True)
class Options:
    """What is known of the codes and the images of a generator."""

    weights: str | None = None  # a file, of a factory; a program holds its own
    code: Any = None  # the entries of a code, or its shape; None: as the program says
    inverts: str | None = None  # the layer of the network whose flattened output a code is
    encode: Any = None  # E: a network, by its source or a table, that gives the codes of images
    mean: float = 0.0  # of the codes' entries in training
    std: float = 1.0  # likewise
    floor: Any = None  # lower bound of a code's entries: 0 after a ReLU
    ceiling: Any = None  # upper bound
    pixels: Any = None  # what it paints black and white as; None: 0 and 1


class Custom(nn.Module):
    """G: maps codes (k, d) to images (k, 3, height, width), nominally in [0, 1]."""

    def __init__(self, decoder: nn.Module, shape: Sequence[int], pixels: tuple[float, float]) -> None:
        super().__init__()
        self.decoder, self.shape, self.pixels = decoder, tuple(shape), pixels

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        black, white = self.pixels
        painted: Tensor = self.decoder(codes.view(-1, *self.shape))
        return (painted - black) / (white - black)


class Encoded(Custom):
    """A generator with an encoder beside it."""

    def __init__(self, generator: Custom, encoder: Network, size: Size) -> None:
        super().__init__(generator.decoder, generator.shape, generator.pixels)
        self.encoder, self.size, self._preprocess = encoder.module, size, encoder.preprocess

    def encode(self, images: Tensor) -> Tensor:
        """The codes (k, d) of images (k, 3, any height, any width) in [0, 1]."""
        codes: Tensor = self.encoder(self._preprocess(resized(images, self.size)))
        return codes.flatten(1)


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """A generator of one's own.

    Args:
        place: a file that ``torch.export.save`` wrote, or ``package.module:function``.
        entry: its options say what a code is.
        folder: the base of relative paths.

    Raises:
        ZooError: it cannot be read.
        UnusableGenerator: an option is wrong, or it makes no RGB images of such codes.
    """
    options = chosen(entry, Options)
    is_program = entry.source.startswith("export:")
    decoder, shape = (_program if is_program else _made)(place, options, folder)
    module = Custom(decoder, shape, _pixels(options))
    networks.frozen(module)
    prior = Prior(
        torch.full((math.prod(shape),), float(options.mean)), _deviations(options, math.prod(shape))
    )
    size = painted_size(module, prior.mean, entry.source)
    if entry.size not in {None, size}:
        raise UnusableGenerator(f"{entry.source} makes {size[0]} x {size[1]} pixels only")
    encoder = _encoder(options, folder, size)
    if encoder is not None:
        module = Encoded(module, encoder, size).eval()
        _check_codes(entry, module, size)
    return Generator(
        module=module,
        code=tuple(shape),
        size=size,
        prior=prior,
        sha256=sha256(entry.source, module, _Described(options, encoder)),
        floor=_bound(options.floor, "floor"),
        ceiling=_bound(options.ceiling, "ceiling"),
        inverts=options.inverts,
        encode=module.encode if isinstance(module, Encoded) else None,
    )


def parts(entry: GeneratorEntry) -> list[NetworkEntry]:
    """What an entry's generator is read from, as entries of networks: the decoder, and an encoder if it has one."""
    options = chosen(entry, Options)
    encoder = _encoder_entry(options)
    return [NetworkEntry(entry.source, options.weights), *([] if encoder is None else [encoder])]


def _program(place: str, options: Options, folder: Path) -> tuple[nn.Module, tuple[int, ...]]:
    if options.weights is not None:
        raise BadEntry(f"{place} holds its own weights; leave weights out")
    program = programs.read(within(folder, place), [2, 4], _CODES)
    shape = tuple(program.shape[1:])
    if options.code is not None and _shape(options) != shape:
        raise UnusableGenerator(f"{place} takes codes of the shape {list(shape)}, not {options.code}")
    return program.in_float32(), shape


def _made(place: str, options: Options, folder: Path) -> tuple[nn.Module, tuple[int, ...]]:
    if options.code is None:
        raise UnusableGenerator(
            f"factory:{place}: give the shape of a code, such as code = 512 or code = [16, 8, 8]"
        )
    with seeded():
        made = factory.load(place, NetworkEntry(f"factory:{place}", options.weights), folder)
    return in_float32(made.module), _shape(options)


def _shape(options: Options) -> tuple[int, ...]:
    sides = options.code if isinstance(options.code, list | tuple) else [options.code]
    if not all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in sides) or len(
        sides
    ) not in {1, 3}:
        raise UnusableGenerator(
            f"code is a number of entries, or [units, height, width], not {options.code!r}"
        )
    return tuple(sides)


def _pixels(options: Options) -> tuple[float, float]:
    pixels = [0, 1] if options.pixels is None else options.pixels
    if not isinstance(pixels, list | tuple) or len(pixels) != 2 or not all(map(_is_number, pixels)):
        raise UnusableGenerator(f"pixels is [black, white], as in [-1, 1], not {pixels!r}")
    black, white = map(float, pixels)
    if black == white:
        raise UnusableGenerator("pixels: black and white are the same number")
    return black, white


def _deviations(options: Options, entries: int) -> Tensor:
    if options.std <= 0:
        raise UnusableGenerator(f"std of a generator's codes lies above 0, not at {options.std!r}")
    return torch.full((entries,), float(options.std))


def _bound(value: object, name: str) -> float | None:
    if value is not None and not _is_number(value):
        raise UnusableGenerator(f"{name} of a generator's codes is a number, not {value!r}")
    return None if value is None else float(value)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _encoder_entry(options: Options) -> NetworkEntry | None:
    """Raises BadEntry where the table is wrong."""
    table = {"source": options.encode} if isinstance(options.encode, str) else options.encode
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise BadEntry(f"encode of a generator is a network in quotes, or a table, not {table!r}")
    return NetworkEntry.of(table)


def _encoder(options: Options, folder: Path, painted: Size) -> Network | None:
    """The encoder; one that nothing gives a size is fed images as large as those that are painted."""
    entry = _encoder_entry(options)
    if entry is None:
        return None
    if options.inverts is not None:
        raise UnusableGenerator(
            "a generator that inverts a layer needs no encode: codes are the features of the layer"
        )
    if entry.source.startswith("factory:") and entry.preprocessing.size is None:
        entry = replace(entry, preprocessing=replace(entry.preprocessing, size=painted))
    return networks.load(entry, folder)


@torch.no_grad()
def _check_codes(entry: GeneratorEntry, module: Encoded, size: Size) -> None:
    """Raises UnusableGenerator where the encoder gives other codes than the generator takes."""
    entries = math.prod(module.shape)
    try:
        codes = module.encode(torch.full((1, 3, *size), 0.5))
    except Exception as error:  # noqa: BLE001 - whatever code of others may raise
        raise UnusableGenerator(
            f"encode takes no images of {size[0]} x {size[1]} pixels: {first_line(error)}"
        ) from None
    if codes.shape != (1, entries):
        raise UnusableGenerator(
            f"encode gives {codes.shape[1]} numbers for an image; {entry.source} takes {entries}"
        )


@dataclass(frozen=True)
class _Described:
    """What determines a generator's codes and images beside its weights."""

    options: Options
    encoder: Network | None

    @property
    def described(self) -> str:
        """All of it in one line."""
        return f"{self.options} {self.encoder.sha256 if self.encoder else ''}"
