"""The network of places, and its released files."""

from pathlib import Path

from safetensors.torch import load_file

from inverset.sampler.zoo.scenes import weights
from inverset.sampler.zoo.scenes.networks import Classifier
from inverset.sampler.zoo.scenes.places.classes import CLASSES

FOLDER = Path(__file__).parent / "weights"
WIDTH = 128  # of fc6: no generator inverts it, so it need not hold a picture


def untrained() -> Classifier:
    """An untrained network: the classifier of `scenes` with a narrower fc6 and other classes."""
    return Classifier(len(CLASSES), WIDTH)


def network(folder: Path = FOLDER) -> Classifier:
    """The trained network; frozen, float32, on the CPU.

    Raises:
        CorruptWeights: the file is not the released one.
    """
    made = untrained()
    stored = load_file(weights.checked(folder, weights.NETWORKS))
    made.load_state_dict({name: value.float() for name, value in stored.items()})
    return made.eval().requires_grad_(requires_grad=False)
