"""Fits the prior over the codes of `scenes` from its reference images: ``python -m inverset.sampler.zoo.scenes.prior``, some minutes."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from inverset.sampler import judges
from inverset.sampler.bundle import Bundle
from inverset.sampler.priors import Gaussian, Mixture, kept
from inverset.sampler.priors.training import Trainer, Training
from inverset.sampler.priors.worth import Nature, Networks
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo.scenes import bundle, weights
from inverset.sampler.zoo.scenes.card import write_card
from inverset.sampler.zoo.scenes.figures import PriorFigures
from inverset.sampler.zoo.scenes.train import HELD_OUT_SEED, progress
from inverset.sampler.zoo.scenes.world import render_set

TRAINING = Training(steps=6000)
HELD_OUT = 1000  # images unseen by the networks and the prior; as many more give the ceiling of G
_BATCH = 250


def main() -> None:
    """Fit, evaluate and write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=weights.FOLDER)
    parser.add_argument("--only-measure", action="store_true", help="leave the weights as they are")
    args = parser.parse_args()
    if args.only_measure:
        measure(args.out)
    else:
        fit(args.out)


def fit(folder: Path) -> None:
    """The flow over the codes of the networks in a folder, written beside them with its figures."""
    model = _model(folder)
    trainer = Trainer(_codes(model), model.statistics, TRAINING)
    with progress() as bar, torch.random.fork_rng([]):
        task = bar.add_task("fitting the prior over codes", total=TRAINING.steps)
        flow = trainer.run(lambda done, _, loss: bar.update(task, completed=done))  # noqa: ARG005
    weights.save_prior(kept.state(flow), folder)
    measure(folder)


def measure(folder: Path) -> None:
    """Write the quality of the flow's draws to figures and card, beside a mixture's and the Gaussian's."""
    figures = replace(weights.figures(folder), prior=_figures(folder))
    weights.save_figures(figures, folder)
    write_card(figures, folder)
    weights.seal(folder)


def nature(model: Bundle, fitted: Tensor, count: int = HELD_OUT) -> Nature:
    """Images of the world that no network saw, for a prior that was fitted on these codes (t, 512)."""
    space = judges.space(model)
    assert space is not None  # noqa: S101 - it has reference images
    pixels = torch.from_numpy(render_set(HELD_OUT_SEED, 2 * count).pixels)
    neuron = (Neuron.parse("conv1:0", model),)
    codes = torch.cat([read_images(model, neuron, some)[1].cpu() for some in pixels.split(_BATCH)])
    networks = Networks.of(model, space.read)
    return Nature(networks, fitted, codes[:count], pixels[:count], codes[count:])


def _model(folder: Path) -> Bundle:
    """The bundle `scenes` without a prior."""
    sha256 = weights.sums(folder)[weights.NETWORKS]
    return bundle.assemble(
        weights.networks(folder), sha256, weights.statistics(folder), weights.catalogue(folder)
    )


def _codes(model: Bundle) -> Tensor:
    assert model.reference is not None  # noqa: S101 - it has reference images
    return model.reference.codes


@torch.no_grad()
def _figures(folder: Path) -> PriorFigures:
    model = _model(folder)
    statistics, codes = model.statistics, _codes(model)
    flow = kept.restored("flow", statistics, weights.prior(folder))
    held = nature(model, codes)
    tried = (flow, Mixture.fit(codes, statistics), Gaussian(statistics))
    return PriorFigures(flow.name, held.ceiling, *map(held.worth, tried))


if __name__ == "__main__":
    main()
