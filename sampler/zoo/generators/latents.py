"""AutoencoderKL and AutoencoderTiny: a code is a latent image, scaled as diffusion sees it, which is nearly unit normal."""

import math
from typing import Any

import diffusers
import torch
from torch import Tensor, nn

from inverset.sampler.zoo.generators import pretrained
from inverset.sampler.zoo.generators.diffusers import Source
from inverset.sampler.zoo.generators.entry import (
    GeneratorEntry,
    UnusableGenerator,
    of_files,
    resized,
    unit_normal,
)
from inverset.sampler.zoo.parts import Generator, Size

_SIDE = 256  # where a configuration does not tell


class Latents(nn.Module):
    """G: maps codes (k, d) to images (k, 3, height, width), about [0, 1] and not clamped: the library's [-1, 1], shifted."""

    scales: Tensor
    shifts: Tensor

    def __init__(self, autoencoder: nn.Module, size: Size, factor: int) -> None:
        super().__init__()
        config: Any = autoencoder.config
        self.autoencoder, self.size = autoencoder, size
        self.shape = (int(config.latent_channels), size[0] // factor, size[1] // factor)
        scales, shifts = _scaling(config)
        self.register_buffer("scales", scales, persistent=False)
        self.register_buffer("shifts", shifts, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        decode: Any = self.autoencoder.decode
        painted: Tensor = decode(codes.view(-1, *self.shape) * self.scales + self.shifts, return_dict=False)[
            0
        ]
        return painted / 2 + 0.5

    def encode(self, images: Tensor) -> Tensor:
        """The codes (k, d) of images (k, 3, any height, any width) in [0, 1]; the mode, where the encoder gives a distribution."""
        encode: Any = self.autoencoder.encode
        encoded = encode(resized(images, self.size) * 2 - 1, return_dict=False)[0]
        latents: Tensor = encoded if isinstance(encoded, Tensor) else encoded.mode()
        return ((latents - self.shifts) / self.scales).flatten(1)


def load(source: Source, entry: GeneratorEntry) -> Generator:
    """The autoencoder of ``source.folder``, as a generator.

    Raises:
        UnusableGenerator: its weights do not fit, it is not of RGB images, or cannot paint the entry's size.
    """
    autoencoder: Any = pretrained.load(getattr(diffusers, source.kind), source.folder)
    factor = _factor(autoencoder)
    size = entry.size or (_side(autoencoder, factor),) * 2
    if any(side % factor for side in size):
        raise UnusableGenerator(
            f"{entry.source} paints multiples of {factor} pixels, not {size[0]} x {size[1]}"
        )
    if autoencoder.config.out_channels != 3:
        raise UnusableGenerator(f"{entry.source} makes {autoencoder.config.out_channels} channels, not RGB")
    module = Latents(autoencoder, size, factor)
    return Generator(
        module=module,
        code=module.shape,
        size=size,
        prior=unit_normal(math.prod(module.shape)),
        sha256=of_files([source.folder / "config.json", *source.folder.glob("*.safetensors")]),
        encode=module.encode,
    )


def _factor(autoencoder: nn.Module) -> int:
    """The pixels in one entry of a latent, along one side."""
    config: Any = autoencoder.config
    if isinstance(autoencoder, diffusers.AutoencoderTiny):
        return int(config.upsampling_scaling_factor ** (len(config.num_decoder_blocks) - 1))
    return int(2 ** (len(config.up_block_types) - 1))


def _side(autoencoder: nn.Module, factor: int) -> int:
    side = getattr(autoencoder.config, "sample_size", None) or _SIDE
    return int(side) // factor * factor


def _scaling(config: Any) -> tuple[Tensor, Tensor]:
    """The factor and the offset for a code, each (channels or 1, 1, 1), as the library's pipelines apply them before decoding."""
    means, deviations = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if means is not None and deviations is not None:
        scales, shifts = torch.tensor(deviations), torch.tensor(means)
    else:
        scales, shifts = torch.ones(1), torch.tensor([getattr(config, "shift_factor", None) or 0.0])
    return scales.view(-1, 1, 1) / config.scaling_factor, shifts.view(-1, 1, 1)
