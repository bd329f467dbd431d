"""Reads facts off images by networks that share nothing with the studied one: the witness, and another for tint and subject."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.confounds import facts
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.bundle import to_network_input
from inverset.sampler.zoo.scenes.factors import PROBED
from inverset.sampler.zoo.scenes.networks import Networks, witness
from inverset.sampler.zoo.scenes.world import render_set

SEED, COUNT, HELD_OUT = 21, 8_000, 1_000
_STEPS, _BATCH, _RATE = 1_500, 64, 1e-3
_CHUNK = 250


@dataclass(frozen=True)
class Reader:
    """As ``inverset.sampler.bundle.Factors`` has it."""

    witness: nn.Module  # that of `scenes`, for the factors that it was taught
    beside: nn.Module  # (k, 27), for the others
    scales: Tensor  # (27,) standard deviations of the true facts
    names: tuple[str, ...] = facts.NAMES

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """Estimates (k, 27) of images (k, 3, 64, 64) uint8."""
        if not len(images):
            return torch.zeros(0, len(self.names))
        shown = [to_network_input(part.float() / 255) for part in images.split(_CHUNK)]
        return torch.cat(
            [torch.cat([self.witness(part), self.beside(part)[:, len(PROBED) :]], dim=1) for part in shown]
        )


def load(folder: Path) -> Reader:
    """The reader of ``folder``, trained where there is none: some minutes."""
    path = folder / "reader.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        network, scales = _trained()
        save_file({**network.state_dict(), "scales": scales}, path)
    held = load_file(path)
    scales, network = held.pop("scales"), witness(len(facts.NAMES))
    network.load_state_dict(held)
    network.eval().requires_grad_(requires_grad=False)
    return Reader(weights.networks().witness, network, scales)


def _trained() -> tuple[nn.Module, Tensor]:
    nets, network = weights.networks(), witness(len(facts.NAMES))
    kept = {name: value for name, value in nets.witness.state_dict().items() if "probes" not in name}
    network.load_state_dict(kept, strict=False)
    pixels = torch.from_numpy(render_set(SEED, COUNT).pixels)
    truth = facts.of(SEED, range(COUNT))
    shown = torch.cat([pixels, painted(nets, pixels)])
    scales, centre = truth.std(dim=0), truth.mean(dim=0)
    random = torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(network.train().parameters(), lr=_RATE, weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    for _ in range(_STEPS):
        rows = torch.randint(len(shown), (_BATCH,), generator=random)
        noise = 0.03 * torch.randn(_BATCH, 3, 64, 64, generator=random)
        read = network(to_network_input(shown[rows].float() / 255 + noise))
        expected = (truth[rows % COUNT] - centre) / scales
        optimiser.zero_grad()
        functional.mse_loss((read - centre) / scales, expected).backward()
        optimiser.step()
        rate.step()
    return network.eval(), scales


@torch.no_grad()
def painted(nets: Networks, pixels: Tensor) -> Tensor:
    """Images (n, 3, 64, 64) uint8 as the generator paints them again: the same shape."""
    results = []
    for part in pixels.split(_CHUNK):
        values = to_network_input(part.float() / 255)
        for name, layer in nets.classifier.named_children():
            values = layer(values)
            if name == "relu6":
                break
        results.append((nets.generator(values).clamp(0, 1) * 255).round().to(torch.uint8))
    return torch.cat(results)


def held_out(reader: Reader) -> dict[str, tuple[float, float]]:
    """Fact -> R2 on images that it never saw, as rendered and as painted by the generator."""
    pixels = torch.from_numpy(render_set(SEED, HELD_OUT, start=COUNT).pixels)
    truth = facts.of(SEED, range(COUNT, COUNT + HELD_OUT))
    rendered, through = (reader.read(images) for images in (pixels, painted(weights.networks(), pixels)))
    return {
        name: (_explained(rendered[:, i], truth[:, i]), _explained(through[:, i], truth[:, i]))
        for i, name in enumerate(facts.NAMES)
    }


def _explained(read: Tensor, truth: Tensor) -> float:
    return 1 - float((read - truth).square().mean() / truth.var())
