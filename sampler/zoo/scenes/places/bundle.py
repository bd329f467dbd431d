"""Assembles the bundle ``scenes-places`` from the network of places, and E and G of `scenes`."""

import hashlib
from dataclasses import replace
from pathlib import Path

from inverset.sampler.bundle import Bundle, Encoder
from inverset.sampler.zoo.scenes import bundle as scenes
from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.places.classes import CLASSES
from inverset.sampler.zoo.scenes.places.network import FOLDER, network
from inverset.sampler.zoo.scenes.places.reference import PlacesReference
from inverset.sampler.zoo.scenes.reference import RenderedReference

NAME = "scenes-places"


def load(device: str = "cpu", folder: Path = FOLDER) -> Bundle:
    """The bundle of the released network with the code statistics, reference images and witness of `scenes`.

    Raises:
        CorruptWeights: a file is not the released one.
    """
    theirs, places = scenes.load(device), network(folder).to(device)
    own = weights.sums(folder)[weights.NETWORKS]
    sha256 = hashlib.sha256(f"{own} {theirs.sha256}".encode()).hexdigest()  # samples come of all networks
    return replace(
        theirs,
        name=NAME,
        sha256=sha256,
        network=places,
        encoder=Encoder(theirs.network, theirs.preprocess, scenes.ENCODER),
        labels={"fc8": CLASSES},
        reference=PlacesReference(places, own, RenderedReference(theirs.network, theirs.sha256)),
        catalogue={**weights.catalogue(folder), "sha256": sha256},
    )
