"""Consistency models: one step from noise to an image (Song, Dhariwal, Chen and Sutskever 2023, algorithm 1)."""

from typing import Any

import torch
from diffusers import CMStochasticIterativeScheduler, UNet2DModel
from torch import Tensor, nn

from inverset.sampler.zoo.generators import pretrained
from inverset.sampler.zoo.generators.diffusers import Source
from inverset.sampler.zoo.generators.embeddings import Embeddings
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, of_files, unit_normal
from inverset.sampler.zoo.parts import Generator


class OneStep(nn.Module):
    """G: maps codes (k, d) to images (k, 3, side, side), about [0, 1]; not clamped as in the library, which would stop gradients.

    A code is noise of unit variance, then, where classes are left to it, entries of an embedding.
    """

    time: Tensor

    def __init__(self, unet: UNet2DModel, scheduler: CMStochasticIterativeScheduler, label: int) -> None:
        super().__init__()
        side = int(unet.config.sample_size)
        self.unet, self.shape = unet, (int(unet.config.in_channels), side, side)
        self.embeddings = None
        if unet.config.num_class_embeds is not None:
            self.embeddings = Embeddings(unet.class_embedding.weight, label)
            unet.class_embedding = nn.Identity()  # it is given embeddings
        scheduler.set_timesteps(1)
        self.sigma = scheduler.sigmas[0].item()
        # A plain number would be cut to an integer.
        self.register_buffer("time", scheduler.timesteps[0].float(), persistent=False)
        self.skip, self.gain = (
            float(scaling) for scaling in scheduler.get_scalings_for_boundary_condition(scheduler.sigmas[0])
        )
        self.shrink = float(self.sigma**2 + scheduler.config.sigma_data**2) ** -0.5

    @property
    def entries(self) -> int:
        """The number of entries d of a code."""
        return torch.Size(self.shape).numel() + (self.embeddings.entries if self.embeddings else 0)

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        pixels = torch.Size(self.shape).numel()
        noisy = codes[:, :pixels].reshape(-1, *self.shape) * self.sigma
        classes: Any = self.embeddings(codes[:, pixels:]) if self.embeddings else None
        guess: Tensor = self.unet(noisy * self.shrink, self.time, class_labels=classes, return_dict=False)[0]
        painted: Tensor = self.gain * guess + self.skip * noisy
        return painted / 2 + 0.5


def load(source: Source, entry: GeneratorEntry) -> Generator:
    """The network and scheduler of ``source.folder``, as a generator.

    Raises:
        UnusableGenerator: its weights do not fit, or it paints another size than the entry's.
    """
    unet: Any = pretrained.load(UNet2DModel, source.folder / "unet")
    scheduler = CMStochasticIterativeScheduler.from_pretrained(
        source.folder / "scheduler", local_files_only=True
    )
    module = OneStep(unet, scheduler, source.options.label)
    size = module.shape[1:]
    if entry.size not in {None, size}:
        raise UnusableGenerator(f"{entry.source} makes {size[0]} x {size[1]} pixels only")
    return Generator(
        module=module,
        code=module.shape if module.entries == torch.Size(module.shape).numel() else (module.entries,),
        size=size,
        prior=unit_normal(module.entries),
        sha256=of_files([*source.folder.glob("*/config.json"), *source.folder.glob("unet/*.safetensors")]),
    )
