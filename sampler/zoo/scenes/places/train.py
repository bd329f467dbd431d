"""Trains the network of `scenes-places` from scratch: ``python -m inverset.sampler.zoo.scenes.places.train``.

Resumable: stop it at any time and give the same command again.
"""

from pathlib import Path

import torch

from inverset.sampler.zoo.scenes.fitting import TrainingImages, TrainingRun
from inverset.sampler.zoo.scenes.places.classes import labels, places
from inverset.sampler.zoo.scenes.places.fitting import fit
from inverset.sampler.zoo.scenes.places.network import FOLDER, untrained
from inverset.sampler.zoo.scenes.train import TRAINING_SEED, arguments, progress, rendered, watch
from inverset.sampler.zoo.scenes.world import Images

_DEFAULTS = {"steps": 600, "images": 12_000, "work": Path("build/scenes-places"), "out": FOLDER}


def main() -> None:
    """Train, evaluate and write the weights, the catalogue and the card."""
    args = arguments(__doc__, **_DEFAULTS)
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    with progress() as bar:
        images = rendered(args.images, bar)
        network = untrained().to(args.device).to(memory_format=torch.channels_last)
        run = TrainingRun(args.steps, args.batch, args.rate, args.device, args.work, args.half)
        watch(fit(network, _training_images(images), run), run.steps, bar)
    from inverset.sampler.zoo.scenes.places.release import release  # noqa: PLC0415 - measuring needs `scenes`

    release(network.cpu(), args.out)


def _training_images(images: Images) -> TrainingImages:
    count = len(images.pixels)
    nothing = torch.zeros(count, 0)  # there is no witness to teach
    return TrainingImages(images.pixels, labels(places(TRAINING_SEED, range(count))), nothing)


if __name__ == "__main__":
    main()
