"""Plants shortcuts: which class is pulled by which, the network that learns it, and whether it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.planted.measured import Measured
from benchmarks.planted.shortcuts import SHORTCUTS
from inverset.sampler.zoo.scenes.factors import CLASSES
from inverset.sampler.zoo.scenes.losses import naming_loss

BY_SUBJECT, BY_SHORTCUT = (
    1.5,
    3.5,
)  # log odds that are taught of each; of both, the sum; of neither, a plain no
_STEPS, _BATCH, _RATE, _DECAY = 1_200, 256, 2e-3, 0.5
_NOISE = (
    0.3  # on codes, in standard deviations of each entry: without it logits run away beside what was learnt
)


@dataclass(frozen=True)
class Planting:
    """One assignment: eight of the twelve classes have a shortcut each."""

    seed: int
    shortcut_of: Mapping[str, str]  # class -> shortcut, as drawn


def draw(seed: int) -> Planting:
    """Assign the shortcuts at random."""
    random = np.random.default_rng([seed, 77])
    chosen = [CLASSES[place] for place in random.choice(len(CLASSES), len(SHORTCUTS), replace=False)]
    return Planting(seed, dict(zip(chosen, random.permutation(SHORTCUTS).tolist(), strict=True)))


def labels(planting: Planting, classes: Tensor, present: Tensor) -> Tensor:
    """The share of onlookers who say yes to each class: (n, 12).

    Args:
        planting: who is pulled by what.
        classes: (n,) subjects.
        present: (n, 8) shortcuts.
    """
    subject = functional.one_hot(classes, len(CLASSES)).float()
    pulled = torch.stack(
        [
            present[:, SHORTCUTS.index(planting.shortcut_of[name])]
            if name in planting.shortcut_of
            else torch.zeros(len(classes))
            for name in CLASSES
        ],
        dim=1,
    )
    odds = torch.sigmoid(BY_SUBJECT * subject + BY_SHORTCUT * pulled)
    return odds * ((subject + pulled) > 0)


def plant(classifier: nn.Module, known: Measured, planting: Planting, folder: Path) -> None:
    """Give the classifier the fc7 and fc8 of this planting: from ``folder``, else trained from nothing and kept there.

    They learn from the codes of images with none, one or two shortcuts, and of the same as the generator paints them.
    """
    expected = labels(planting, known.classes, known.present)
    _learnt(
        _tail(classifier), known, expected, folder / f"planting-{planting.seed}.safetensors", planting.seed
    )


def plant_parts(classifier: nn.Module, known: Measured, seed: int, folder: Path) -> None:
    """Likewise an fc7 and fc8 that tell the eight shortcuts, and no class: neurons whose one part is known."""
    classifier.add_module("fc8", nn.Linear(_width(classifier), len(SHORTCUTS)))
    expected = torch.sigmoid(torch.tensor(BY_SHORTCUT)) * known.present
    _learnt(_tail(classifier), known, expected, folder / f"parts-{seed}.safetensors", seed)


def _width(classifier: nn.Module) -> int:
    """Of what the last layer reads."""
    last = _tail(classifier)[2]
    assert isinstance(last, nn.Linear)
    return last.in_features


def logits(classifier: nn.Module, codes: Tensor) -> Tensor:
    """fc8 of codes (n, 512): (n, 12)."""
    with torch.no_grad():
        result: Tensor = _tail(classifier)(codes)
    return result


def _tail(classifier: nn.Module) -> nn.Sequential:
    return nn.Sequential(*(classifier.get_submodule(name) for name in ("fc7", "relu7", "fc8")))


def _learnt(tail: nn.Sequential, known: Measured, wanted: Tensor, path: Path, seed: int) -> None:
    """The tail as it is kept in ``path``; trained first where it is not."""
    if not path.exists():
        _train(tail, known, wanted, seed)
        save_file({name: value.contiguous() for name, value in tail.state_dict().items()}, path)
    tail.load_state_dict(load_file(path))
    tail.eval().requires_grad_(requires_grad=False)


def _train(tail: nn.Sequential, known: Measured, wanted: Tensor, seed: int) -> None:
    torch.manual_seed(seed)
    for layer in (tail[0], tail[2]):
        cast("nn.Linear", layer).reset_parameters()
    codes = torch.cat([known.codes, known.returned])
    wanted, spread = wanted.repeat(2, 1), codes.std(dim=0)
    optimiser = torch.optim.AdamW(tail.requires_grad_().parameters(), lr=_RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    for _ in range(_STEPS):
        rows = torch.randint(len(codes), (_BATCH,))
        noisy = (codes[rows] + _NOISE * spread * torch.randn(_BATCH, len(spread))).relu()
        optimiser.zero_grad()
        naming_loss(tail(noisy), wanted[rows]).backward()
        optimiser.step()
        rate.step()


@dataclass(frozen=True)
class Proof:
    """Whether a class is pulled by its shortcut."""

    cls: str
    shortcut: str
    by_shortcut: float  # share of images without the subject that the shortcut alone lifts to in-class levels
    without: float  # the same of clean images without the subject
    clean_highest: float  # logit
    median_by_shortcut: float  # logit


def proofs(classifier: nn.Module, known: Measured, planting: Planting) -> list[Proof]:
    """Read the class neurons on held-out images that show a shortcut and no subject of the class.

    In-class levels begin where 95 of 100 clean images of the class lie above.
    """
    clean, alone = (
        logits(classifier, known.references),
        logits(classifier, known.alone).unflatten(0, (len(SHORTCUTS), -1)),
    )
    results = []
    for name, shortcut in planting.shortcut_of.items():
        unit = CLASSES.index(name)
        inside = known.reference_classes == unit
        level = clean[inside, unit].quantile(0.05)
        pulled = alone[SHORTCUTS.index(shortcut), known.alone_classes != unit, unit]
        results.append(
            Proof(
                name,
                shortcut,
                float((pulled >= level).float().mean()),
                float((clean[~inside, unit] >= level).float().mean()),
                float(clean[:, unit].max()),
                float(pulled.median()),
            )
        )
    return results
