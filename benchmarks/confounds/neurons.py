"""The neurons: directions and trained outputs that read a cause alone, or a cause and its confound."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.confounds.pairs import DIRECTION, PAIRS, Pair
from inverset.sampler.directions import Directions
from inverset.sampler.zoo.scenes.bundle import ENCODER
from inverset.sampler.zoo.scenes.losses import naming_loss

FILE = "planted.safetensors"  # of directions, as neurons' names have it
ALONE, NEEDED = "alone", "needed"  # whether the neuron reads the cause alone, or needs the confound
_RIDGE = 30.0  # on standardised codes
_STEPS, _BATCH, _RATE, _DECAY, _NOISE = 1_200, 256, 2e-3, 0.5, 0.3


class Planted(NamedTuple):
    """One neuron whose truth is known."""

    pair: Pair
    need: str  # ALONE or NEEDED

    @property
    def name(self) -> str:
        """Of its direction or output."""
        return f"{self.pair.name}-{self.need}"

    @property
    def neuron(self) -> str:
        """As it is asked."""
        return f"{ENCODER}:direction:{FILE}#{self.name}" if self.pair.how == DIRECTION else f"fc8:{self.name}"


PLANTED = tuple(Planted(pair, need) for need in (ALONE, NEEDED) for pair in PAIRS)


def of(how: str) -> tuple[Planted, ...]:
    """The neurons that are read in this way."""
    return tuple(each for each in PLANTED if each.pair.how == how)


def directions(
    codes: Tensor, facts: Tensor, planted: Sequence[Planted]
) -> tuple[Directions, Mapping[str, float]]:
    """Ridge regressions of what each is to read on codes (n, 512), over all images; and how much of it they explain (R2).

    A neuron that needs the confound reads the sum of both, each yes or no in its standard deviations.
    """
    expected = torch.stack([_read(each, facts) for each in planted], dim=1)
    spread, mean = codes.std(dim=0).clamp_min(1e-3), codes.mean(dim=0)
    standard = (codes - mean) / spread
    gram = standard.T @ standard + _RIDGE * torch.eye(standard.shape[1])
    weights = torch.linalg.solve(gram, standard.T @ (expected - expected.mean(dim=0)))
    vectors = (weights / spread[:, None]).T.contiguous()
    offsets = expected.mean(dim=0) - vectors @ mean
    left = (codes @ vectors.T + offsets - expected).square().mean(dim=0) / expected.var(dim=0)
    names = tuple(each.name for each in planted)
    result = Directions(FILE, names, "planted", vectors, offsets)
    return result, dict(zip(names, (1 - left).tolist(), strict=True))


def _read(planted: Planted, facts: Tensor) -> Tensor:
    """What a direction is to say of images with these facts: (n,)."""
    cause, confound = (trait.present(facts).float() for trait in (planted.pair.cause, planted.pair.confound))
    if planted.need == ALONE:
        return cause
    return cause / cause.std() + confound / confound.std()


def teach_heads(
    classifier: nn.Module, codes: Tensor, facts: Tensor, planted: Sequence[Planted], path: Path
) -> Mapping[str, float]:
    """Give the classifier an fc7 and fc8 whose outputs say yes to the cause, or to cause and confound together; kept in ``path``.

    They learn from codes of all images and of what the generator makes of them.

    Args:
        classifier: of `scenes`; its tail is replaced.
        codes: (n, 512).
        facts: (n, 27) of the same images.
        planted: one output each, in this order.
        path: read where it is, else written.

    Returns:
        Name -> share of the codes whose yes or no is right, both counted equally.
    """
    tail = nn.Sequential(
        *(classifier.get_submodule(name) for name in ("fc7", "relu7")), nn.Linear(128, len(planted))
    )
    expected = torch.stack([_said(each, facts) for each in planted], dim=1)
    if not path.exists():
        _train(tail, codes, expected)
        save_file({name: value.contiguous() for name, value in tail.state_dict().items()}, path)
    tail.load_state_dict(load_file(path))
    tail.eval().requires_grad_(requires_grad=False)
    classifier.add_module("fc8", tail[2])
    with torch.no_grad():
        output = tail(codes) > 0
    yes = expected > 0.5
    return {
        each.name: float((output[yes[:, i], i].float().mean() + (~output[~yes[:, i], i]).float().mean()) / 2)
        for i, each in enumerate(planted)
    }


def _said(planted: Planted, facts: Tensor) -> Tensor:
    cause, confound = (trait.present(facts) for trait in (planted.pair.cause, planted.pair.confound))
    return (cause if planted.need == ALONE else cause & confound).float()


def _train(tail: nn.Sequential, codes: Tensor, wanted: Tensor) -> None:
    torch.manual_seed(0)
    for place in (0, 2):
        cast("nn.Linear", tail[place]).reset_parameters()
    spread = codes.std(dim=0)
    optimiser = torch.optim.AdamW(tail.requires_grad_().parameters(), lr=_RATE, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    for _ in range(_STEPS):
        rows = torch.randint(len(codes), (_BATCH,))
        noisy = (codes[rows] + _NOISE * spread * torch.randn(_BATCH, len(spread))).relu()
        optimiser.zero_grad()
        naming_loss(tail(noisy), 0.98 * wanted[rows] + 0.01).backward()
        optimiser.step()
        rate.step()
