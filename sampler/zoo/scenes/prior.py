"""Fits the prior over the codes of `scenes` from its reference images: ``python -m sampler.zoo.scenes.prior``, some minutes."""

import argparse
from pathlib import Path

import torch

from sampler.priors.flow import Trainer, Training
from sampler.zoo.scenes import bundle, weights
from sampler.zoo.scenes.reference import RenderedReference
from sampler.zoo.scenes.train import progress

TRAINING = Training(steps=6000)


def main() -> None:
    """Fit, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=weights.FOLDER)
    out: Path = parser.parse_args().out
    fit(out)


def fit(folder: Path) -> None:
    """The flow over the codes of the networks in a folder, written beside them."""
    nets, sha256 = weights.networks(folder), weights.sums(folder)[weights.NETWORKS]
    made = bundle.assemble(nets, sha256, weights.statistics(folder), weights.catalogue(folder))
    trainer = Trainer(RenderedReference(nets["classifier"], sha256).codes, made.statistics, TRAINING)
    with progress() as bar, torch.random.fork_rng([]):
        task = bar.add_task("fitting the prior over codes", total=TRAINING.steps)
        flow = trainer.run(lambda done, _, loss: bar.update(task, completed=done))  # noqa: ARG005
    weights.save_prior(flow.state(), folder)


if __name__ == "__main__":
    main()
