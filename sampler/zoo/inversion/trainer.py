"""Trains a generator to invert one layer of a fixed network."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.inversion import fitting
from inverset.sampler.zoo.inversion.about import Recipe
from inverset.sampler.zoo.inversion.adversary import Adversary, ramp
from inverset.sampler.zoo.inversion.fitting import StepLoss, TrainingRun
from inverset.sampler.zoo.inversion.inverter import Inverter
from inverset.sampler.zoo.inversion.losses import WEIGHTS, Reading, inversion_loss
from inverset.sampler.zoo.inversion.pictures import CachedImages, Images, Split, split, unit
from inverset.sampler.zoo.inversion.reading import Reader
from inverset.sampler.zoo.parts import Prior, Size

_MEASURED = 2000  # images whose codes tell how codes vary
_NOISE = 0.03  # on what the network sees, so that the inverter learns to expect a little


class Centred(nn.Module):
    """An inverter with codes scaled to about unit size: (k, d) to (k, 3, height, width), nominally in [0, 1]."""

    mean: Tensor
    scale: Tensor

    def __init__(self, inverter: Inverter, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.inverter = inverter
        self.register_buffer("mean", mean)  # (d,)
        self.register_buffer("scale", scale)  # ()

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        painted: Tensor = self.inverter((codes - self.mean) / self.scale)
        return painted


@dataclass(frozen=True)
class Codes:
    """The statistics of the codes of the training images."""

    prior: Prior
    scale: Tensor  # (): root mean square about the mean
    floor: float | None  # 0 where none is below


@dataclass(frozen=True)
class Trainer:
    """A generator in training, with the layer that it inverts and the images that it is trained on."""

    reader: Reader
    generator: Centred
    images: CachedImages
    numbers: Split
    codes: Codes
    size: Size
    recipe: Recipe
    adversary: Adversary | None  # None: the recipe has none, or no layers are compared

    @classmethod
    def of(cls, reader: Reader, images: Images, size: Size, recipe: Recipe) -> "Trainer":
        """A generator that has learnt nothing yet, with the layer's codes measured on images of this size.

        Args:
            reader: the network up to the layer.
            images: to learn from, and to be held out.
            size: of these images.
            recipe: what to make of them.

        Raises:
            ZooError: there are too few images, or the size cannot be painted.
        """
        remembered = CachedImages(images)
        try:
            numbers = split(len(images))
            inverter = Inverter(reader.shape, size, recipe.blocks)
        except ValueError as error:
            raise ZooError(str(error)) from None
        codes = _measured(reader, remembered, numbers.training[:_MEASURED], recipe.batch)
        generator = Centred(inverter, codes.prior.mean, codes.scale).to(reader.device)
        adversary = None
        if recipe.adversary and reader.looks:
            looks = reader(torch.zeros(1, 3, *size, device=reader.device)).looks
            adversary = Adversary(looks).to(reader.device)
        return cls(reader, generator, remembered, numbers, codes, size, recipe, adversary)

    def learn(self, run: TrainingRun) -> Generator[tuple[int, dict[str, Tensor]]]:
        """Train as ``fitting.fit`` does: the result does not depend on interruptions."""
        self.generator.train()
        nets: nn.Module = self.generator
        if self.adversary is not None:
            nets = nn.ModuleDict({"generator": self.generator, "adversary": self.adversary})
        return fitting.fit(nets, lambda step: self._step_loss(step, run), run)

    def _step_loss(self, step: int, run: TrainingRun) -> StepLoss:
        batch = run.batch
        draw = torch.Generator().manual_seed(step)
        rows = self.numbers.training[torch.randint(len(self.numbers.training), (batch,), generator=draw)]
        pixels = unit(self.images.read(rows.tolist()), self.reader.device)
        mirrored = torch.rand(batch, generator=draw).to(pixels.device) < 0.5
        pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
        noise = torch.rand(pixels.shape, generator=draw).to(pixels.device) * 2 - 1
        mixing = torch.rand(batch // 4, generator=draw).to(pixels.device)
        with torch.no_grad():
            original = self.reader(pixels + _NOISE * noise)
        inverted = inversion_loss(self.generator, self._read_noisy(draw), pixels, original, mixing)
        parts = dict(inverted.parts)
        loss = torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()
        share = ramp(step, run.steps)
        if self.adversary is not None and share:
            parts["adversary"] = self.adversary.loss(original.looks, inverted.again.looks)
            deception = self.adversary.deception_loss(inverted.again.looks)
            loss = loss + parts["adversary"] + self.recipe.adversary * share * deception
        return StepLoss(loss, parts)

    def _read_noisy(self, draw: torch.Generator) -> Callable[[Tensor], Reading]:
        """How painted images are read: with as much noise as photographs, if an adversary compares both and could tell them by it."""
        if self.adversary is None:
            return self.reader

        def read(painted: Tensor) -> Reading:
            noise = torch.rand(painted.shape, generator=draw).to(painted.device) * 2 - 1
            return self.reader(painted + _NOISE * noise)

        return read


@torch.no_grad()
def _measured(reader: Reader, images: CachedImages, rows: Tensor, batch: int) -> Codes:
    """The codes' mean, deviations and lower bound over some images, streamed because codes of maps are long."""
    count, mean, spread, least = 0, torch.zeros(()), torch.zeros(()), float("inf")
    for chunk in rows.split(batch):
        codes = reader(unit(images.read(chunk.tolist()), reader.device)).codes.float().cpu()
        before, count = count, count + len(codes)
        shift = codes.mean(dim=0) - mean
        spread = (
            spread
            + (codes - codes.mean(dim=0)).square().sum(dim=0)
            + shift.square() * before * len(codes) / count
        )
        mean = mean + shift * len(codes) / count
        least = min(least, codes.min().item())
    deviations = (spread / max(1, count - 1)).sqrt()
    scale = deviations.square().mean().sqrt().clamp_min(1e-6)
    return Codes(Prior(mean, deviations.clamp_min(1e-3 * float(scale))), scale, 0.0 if least >= 0 else None)
