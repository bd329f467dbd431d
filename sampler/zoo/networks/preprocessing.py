"""The preprocessing of images for a network: differentiable, on the image's own device."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeGuard

import torch
from torch import Tensor
from torch.nn import functional as F

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.parts import Size

_GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's convert("L")
_LETTERS = {"r": (1.0, 0.0, 0.0), "g": (0.0, 1.0, 0.0), "b": (0.0, 0.0, 1.0), "l": _GREY}
ENTRY = "as models.toml gives it"  # where a setting comes from
ASSUMED = "assumed: nothing defines it"
_LARGEST = 16_384  # pixels of a side
_INTERPOLATIONS = ("bilinear", "bicubic", "nearest")


@dataclass(frozen=True)
class Preprocessing:
    """Settings of a preprocessing; None stands for the family's setting, or else for the default beside it.

    An image of exactly ``size`` is taken as it is. Any other is resized to ``resize``, and ``size`` is cut out of its middle,
    as photographs are prepared for the network.
    """

    size: Size | int | None = None  # (height, width) of the network's input; a number: both. 224
    # Before cutting; a number: of the shorter side. None: to size, without a cut.
    resize: Size | int | None = None
    interpolation: str | None = None  # bilinear
    channels: str | None = None  # a letter of "rgbl" for each input channel, "l" being grey. "rgb"
    scale: float | None = None  # what white is before mean and std: 1, or 255
    mean: tuple[float, ...] | None = None  # of each channel: 0
    std: tuple[float, ...] | None = None  # of each channel: 1

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Preprocessing":
        """The settings in a TOML table.

        Raises:
            BadEntry: a key is unknown, or a value is invalid.
        """
        names = [setting.name for setting in fields(cls)]
        for key in table:
            if key not in names:
                raise BadEntry(f"preprocessing has no setting {key!r}; {did_you_mean(key, names)}")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        return cls(**values)

    def over(self, family: "Preprocessing") -> "Preprocessing":
        """These settings, with the family's where they are None."""
        given = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        if self.size is not None and self.resize is None:
            given["resize"] = 0  # of another size than the family's: its resizing does not fit
        merged = replace(family, **{name: value for name, value in given.items() if value is not None})
        return replace(merged, resize=None) if merged.resize == 0 else merged

    def origins(self, family: "Preprocessing", known_by: str) -> dict[str, str]:
        """The sources of size, mean and std: the entry, the family's knowledge, or none (``ASSUMED``)."""
        return {
            name: ENTRY
            if getattr(self, name) is not None
            else ASSUMED
            if getattr(family, name) is None
            else known_by
            for name in ("size", "mean", "std")
        }


@dataclass(frozen=True)
class Preprocess:
    """Maps RGB (k, 3, any height, any width) in [0, 1] to a network's input (k, channels, height, width)."""

    size: Size
    resize: Size | int | None
    interpolation: str
    channels: str
    scale: float
    mean: Tensor  # (channels, 1, 1)
    std: Tensor  # (channels, 1, 1)
    # As Preprocessing.origins has them.
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    _there: dict[torch.device, tuple[Tensor, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Preprocessing, origins: Mapping[str, str] | None = None) -> "Preprocess":
        """The preprocessing with these settings and their origins.

        Raises:
            BadEntry: a value is invalid.
        """
        channels: Any = "rgb" if settings.channels is None else settings.channels
        if not isinstance(channels, str) or not channels or set(channels) - set(_LETTERS):
            raise BadEntry(f"channels are letters of {''.join(_LETTERS)!r}, as in 'bgr', not {channels!r}")
        interpolation = settings.interpolation or "bilinear"
        if interpolation not in _INTERPOLATIONS:
            hint = did_you_mean(str(interpolation), _INTERPOLATIONS)
            raise BadEntry(f"there is no interpolation {interpolation!r}; {hint}")
        size, resize = _pair(224 if settings.size is None else settings.size, "size"), settings.resize
        if resize is not None and not _covers(resize, size):
            raise BadEntry(f"images resized to {resize} have no cut of {size[0]}x{size[1]}")
        return cls(
            size,
            resize if resize is None or _is_whole(resize) else _pair(resize, "resize"),
            interpolation,
            channels,
            float(_numbers(1.0 if settings.scale is None else settings.scale, 1, "scale", above=0.0)),
            _numbers(0.0 if settings.mean is None else settings.mean, len(channels), "mean"),
            _numbers(1.0 if settings.std is None else settings.std, len(channels), "std", above=0.0),
            origins or {},
        )

    def normalised(
        self, scale: float, mean: Sequence[float], std: Sequence[float], channels: str
    ) -> "Preprocess":
        """The same crop with other numbers: a mean and a standard deviation for each channel."""
        settings = Preprocessing(
            self.size, self.resize, self.interpolation, channels, scale, tuple(mean), tuple(std)
        )
        return Preprocess.of(settings)

    @property
    def assumed(self) -> tuple[str, ...]:
        """The settings among size, mean and std that have no known source."""
        return tuple(name for name, origin in self.origins.items() if origin == ASSUMED)

    @property
    def sentence(self) -> str:
        """A sentence on the preprocessing and the source of each setting."""
        numbers = {
            "size": f"{self.size[0]}x{self.size[1]}",
            "mean": f"mean {_short(self.mean)}",
            "std": f"std {_short(self.std)}",
        }
        by_origin: dict[str, list[str]] = {}
        for name, text in numbers.items():
            by_origin.setdefault(self.origins.get(name, ASSUMED), []).append(text)
        phrases = [f"{', '.join(texts)} ({origin})" for origin, texts in by_origin.items()]
        scale = "" if self.scale == 1 else f", white as {self.scale:g}"
        return f"images are fed as {self.channels}{scale}: {'; '.join(phrases)}"

    @property
    def advice(self) -> str:
        """Advice where a setting is assumed; empty where none is."""
        if not self.assumed:
            return ""
        keys = " and ".join(f"preprocessing.{name}" for name in self.assumed)
        return f". Say {keys}, as the network was trained"

    def __call__(self, images: Tensor) -> Tensor:
        """The images after resizing, cropping, mixing channels, scaling and normalising."""
        mix, mean, std = self._on(images.device)
        images = self._cut(images)
        if self.channels != "rgb":
            images = torch.einsum("khij,ch->kcij", images, mix)
        return (images * self.scale - mean) / std

    @property
    def described(self) -> str:
        """The complete description in one line."""
        mean, std = self.mean.flatten().tolist(), self.std.flatten().tolist()
        return f"{self.size} of {self.resize} {self.interpolation}, {self.channels} x {self.scale} - {mean} / {std}"

    def _cut(self, images: Tensor) -> Tensor:
        if tuple(images.shape[2:]) == self.size:
            return images
        resized = self._resized(images)
        # As torchvision's center_crop rounds.
        top, left = (
            round((have - want) / 2) for have, want in zip(resized.shape[2:], self.size, strict=True)
        )
        return resized[:, :, top : top + self.size[0], left : left + self.size[1]]

    def _resized(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        target = self.size if self.resize is None else self.resize
        if isinstance(target, int):
            short = min(height, width)
            target = (target * height // short, target * width // short)
        if target == (height, width):
            return images
        if self.interpolation == "nearest":
            return F.interpolate(images, size=target, mode="nearest-exact")
        resized = F.interpolate(images, size=target, mode=self.interpolation, antialias=True)
        return resized.clamp(0, 1)  # a cubic goes beyond what a photograph can hold

    def _on(self, device: torch.device) -> tuple[Tensor, ...]:
        """The mix of channels (channels, 3), mean and std (channels, 1, 1), cached on a device."""
        if device not in self._there:
            mix = torch.tensor([_LETTERS[letter] for letter in self.channels])
            self._there[device] = (mix.to(device), self.mean.to(device), self.std.to(device))
        return self._there[device]


def _short(numbers: Tensor) -> str:
    """A text with one number for all channels, or one for each."""
    values = [f"{number:.3g}" for number in numbers.flatten().tolist()]
    return values[0] if len(set(values)) == 1 else f"[{', '.join(values)}]"


def _pair(value: object, name: str) -> Size:
    if _is_whole(value):
        return (value, value)
    if isinstance(value, tuple) and len(value) == 2 and all(map(_is_whole, value)):
        return value
    raise BadEntry(f"{name} is a number of pixels, or [height, width], not {value!r}")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST


def _covers(resize: Size | int, size: Size) -> bool:
    height, width = _pair(resize, "resize")
    return height >= size[0] and width >= size[1]


def _numbers(value: object, channels: int, name: str, above: float | None = None) -> Tensor:
    """One number for each channel, or one for all: (channels, 1, 1)."""
    numbers = value if isinstance(value, tuple | list) else (value,)
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise BadEntry(f"{name} is a number, or one for each channel, not {value!r}")
    if len(numbers) not in {1, channels}:
        raise BadEntry(f"{name} has {len(numbers)} numbers for {channels} channels")
    if above is not None and min(numbers) <= above:
        raise BadEntry(f"{name} lies above {above:g}, not at {min(numbers):g}")
    return torch.tensor([float(number) for number in numbers]).expand(channels).reshape(-1, 1, 1)
