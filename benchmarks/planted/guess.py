"""Which shortcut does a set of images show? The witness, which shares nothing with the studied network, is asked."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks.planted.shortcuts import SHORTCUTS

SHOWN = 0.5  # the witness was taught 1 where a shortcut is there and 0 where not


def seen(witness: nn.Module, images: Tensor) -> Tensor:
    """How much of each shortcut images (n, 3, 64, 64) uint8 show: (n, 8), about 0 to 1."""
    with torch.no_grad():
        result: Tensor = witness(images.float() / 255 * 2 - 1)
    return result


def guess(shown: Tensor) -> str:
    """The one shortcut of eight that images (n, 8) show most, on average."""
    return SHORTCUTS[int(shown.mean(dim=0).argmax())]


def guesses(shown: Tensor, given: int) -> list[str]:
    """A guess from every ``given`` images: of (10, 8), ten from one each, three from three, one from ten.

    A method that found fewer is judged by what it found; from no image, nothing is guessed.
    """
    whole = [part for part in shown.split(given) if len(part) == given]
    return [guess(part) for part in whole or [shown] if len(part)]


def accuracy(told: Sequence[Sequence[str]], truths: Sequence[str], trials: int) -> float:
    """Share of right guesses where each truth had ``trials`` of them; those that were not made are wrong."""
    right = sum(each == truth for some, truth in zip(told, truths, strict=True) for each in some)
    return right / (trials * len(truths))
