"""Networks from Caffe's files: ``caffe:caffenet`` and ``caffe:places``, which have the same layout."""

from pathlib import Path

from torchvision.models import AlexNet_Weights

from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.caffe import caffenet, pixels, weights
from inverset.sampler.zoo.caffe.caffemodel import Layers
from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded
from inverset.sampler.zoo.networks.state import within

FILES = {"caffenet": "bvlc_reference_caffenet.caffemodel", "places": "places205CNN_iter_300000.caffemodel"}
HEAD = "fc8"
_MOST = 100_000  # classes


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """The network in ``weights``, a .caffemodel or a converted torch file; by default the published file.

    It has as many classes as the file says. Where those are ImageNet's thousand, they have torchvision's names: both count them by the
    order of their WordNet numbers.

    Raises:
        BadEntry: no such network.
        BadFile: the file is not there, or not of this network.
    """
    if place not in FILES:
        raise BadEntry(f"there is no network {place!r} of Caffe's; {did_you_mean(place, tuple(FILES))}")
    path = within(folder, entry.weights or FILES[place])
    layers = weights.read(path)
    classes = _classes(layers, path)
    labels = (
        {HEAD: tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])} if classes == caffenet.CLASSES else {}
    )
    return Loaded(weights.fill(caffenet.build(classes), layers, path), pixels.PREPROCESSING, labels)


def _classes(layers: Layers, path: Path) -> int:
    blobs = layers.get(HEAD, ())
    count = blobs[-1].numel() if blobs else 0
    if not 0 < count <= _MOST:
        raise BadFile(f"{path} has no layer {HEAD} with a bias for each class")
    return count
