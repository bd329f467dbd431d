"""Fits the prior over the codes of `scenes`: ``python -m inverset.sampler.zoo.scenes.prior``, half an hour of one core."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from inverset.sampler import judges
from inverset.sampler.bundle import Bundle
from inverset.sampler.priors import Flow, Gaussian, Mixture, kept
from inverset.sampler.priors.flow import MapFlow
from inverset.sampler.priors.training import Trainer, Training
from inverset.sampler.priors.worth import Nature, Networks
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo.scenes import bundle, weights
from inverset.sampler.zoo.scenes.card import write_card
from inverset.sampler.zoo.scenes.figures import PriorFigures
from inverset.sampler.zoo.scenes.train import HELD_OUT_SEED, progress
from inverset.sampler.zoo.scenes.world import render_set

TEACHER = Training(steps=16_000, width=704, depth=6)  # learns from codes
# Of the flow that ships, which learns the teacher's draws.
TRAINING = replace(TEACHER, steps=5000, rate=1e-3, solver_steps=4)
MORE_SEEDS = range(5000, 5005)  # of images that it is fitted on beside the reference images, as many each
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
    codes = fitted_codes(model)
    with progress() as bar, torch.random.fork_rng([]):

        def trained(what: str, training: Training, teacher: Flow | MapFlow | None = None) -> Flow | MapFlow:
            task = bar.add_task(what, total=training.steps)
            trainer = Trainer(codes, model.statistics, training, teacher=teacher)
            return trainer.run(lambda done, _, loss: bar.update(task, completed=done))  # noqa: ARG005

        flow = trained("learning its draws", TRAINING, trained("fitting a flow over codes", TEACHER))
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
    codes = _encoded(model, pixels)
    networks = Networks.of(model, space.read)
    return Nature(networks, fitted, codes[:count], pixels[:count], codes[count:])


def _model(folder: Path) -> Bundle:
    """The bundle `scenes` without a prior."""
    sha256 = weights.sums(folder)[weights.NETWORKS]
    return bundle.assemble(
        weights.networks(folder), sha256, weights.statistics(folder), weights.catalogue(folder)
    )


def fitted_codes(model: Bundle) -> Tensor:
    """The codes that the prior is fitted on: of the reference images, and of five times as many others."""
    reference = _codes(model)
    images = (torch.from_numpy(render_set(seed, len(reference)).pixels) for seed in MORE_SEEDS)
    return torch.cat([reference, *(_encoded(model, pixels) for pixels in images)])


def _codes(model: Bundle) -> Tensor:
    assert model.reference is not None  # noqa: S101 - it has reference images
    return model.reference.codes


def _encoded(model: Bundle, pixels: Tensor) -> Tensor:
    """The codes (n, 512) of images (n, 3, h, w) uint8, on the CPU."""
    neuron = (Neuron.parse("conv1:0", model),)  # something has to be read beside E
    return torch.cat([read_images(model, neuron, some)[1].cpu() for some in pixels.split(_BATCH)])


@torch.no_grad()
def _figures(folder: Path) -> PriorFigures:
    model = _model(folder)
    statistics, codes = model.statistics, _codes(model)
    flow = kept.restored("flow", statistics, weights.prior(folder))
    of_reference = nature(model, codes)
    of_flow = replace(of_reference, fitted=fitted_codes(model))
    mixture, gaussian = Mixture.fit(codes, statistics), Gaussian(statistics)
    return PriorFigures(
        flow.name,
        of_flow.ceiling,
        of_flow.worth(flow),
        of_reference.worth(mixture),
        of_reference.worth(gaussian),
    )


if __name__ == "__main__":
    main()
