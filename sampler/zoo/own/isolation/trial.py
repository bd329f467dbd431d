"""The test of a model before it is offered: its parts load, run, give finite numbers, and are functions of their input."""

from collections.abc import Collection
from pathlib import Path

import torch

from inverset.sampler.zoo import networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.networks import NetworkEntry, consistency
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.parts import Generator, Network


def tried(entry: Entry, folder: Path) -> list[str]:
    """Load a model and run all its parts on the CPU. Returns notes for users.

    Raises:
        ZooError: a part cannot be loaded or run, or is no function of what it is given.
    """
    made = Assembly.of(entry, folder)
    size = made.generator.size
    _look_at("the network", made.network, size, made.layers)
    if made.other is not None:
        _look_at("the encoder's network", made.other, size, [made.layer])
    elif made.layer not in made.layers:
        _look_at("the encoder", made.network, size, [made.layer])
    if entry.judge is not None and made.judging is not None:
        _look_at("the judge's network", made.judging, size, [entry.judge.layer])
    _look_at_generator(made.generator)
    _load_again(entry.network, made.network, folder)
    return list(made.untrained)


def _look_at(what: str, network: Network, size: tuple[int, int], layers: Collection[str]) -> None:
    if fault := consistency.fault(network.module, network.preprocess, size, layers):
        raise BadEntry(f"{what} {fault}")


@torch.no_grad()
def _look_at_generator(generator: Generator) -> None:
    prior = generator.prior
    codes = prior.mean + prior.scales * torch.randn(
        2, len(prior.mean), generator=torch.Generator().manual_seed(0)
    )
    alone, again = generator.module(codes[:1]), generator.module(codes[:1])
    together = generator.module(codes)[:1]
    if not bool(alone.isfinite().all()):
        raise BadEntry("the generator gives values that are not finite")
    if not consistency.is_alike(alone, again):
        raise BadEntry("the generator makes a different image from the same code each time: it adds noise")
    if not consistency.is_alike(alone, together):
        raise BadEntry("the generator makes a different image from a code if other codes are in its batch")


def _load_again(entry: NetworkEntry, network: Network, folder: Path) -> None:
    """Raises BadEntry where a factory draws other weights on a second load; other families' weights are fixed or seeded."""
    if entry.source.startswith("factory:") and networks.load(entry, folder).sha256 != network.sha256:
        raise BadEntry(
            f"{entry.source} makes a network with different weights each time: set the random seed, or give a file of weights"
        )
