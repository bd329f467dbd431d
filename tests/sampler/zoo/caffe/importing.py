"""What OpenCV's own Caffe importer makes of a file: every layer's output, by its name."""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from tests.sampler.zoo.caffe.writing import prototxt


def outputs(path: Path, network: nn.Sequential, given: Tensor) -> dict[str, np.ndarray]:
    """Layer -> output, with the weights of the file at ``path``."""
    words = path.with_suffix(".prototxt")
    words.write_text(prototxt(network, given.shape))
    net = cv2.dnn.readNetFromCaffe(str(words), str(path))
    net.enableFusion(False)
    net.enableWinograd(False)  # it trades digits for speed
    net.setInput(given.numpy(), "data")
    names = [name for name, module in network.named_children() if not isinstance(module, nn.Flatten)]
    return dict(zip(names, net.forward(names), strict=True))


@torch.no_grad()
def ours(network: nn.Sequential, given: Tensor) -> dict[str, np.ndarray]:
    """The same of a torch network."""
    result, value = {}, given
    for name, module in network.named_children():
        value = module(value)
        result[name] = value.numpy()
    return result


def farthest(network: nn.Sequential, path: Path, given: Tensor) -> dict[str, float]:
    """By how much each layer of ours differs, at most, relative to how much it varies."""
    own, theirs = ours(network, given), outputs(path, network, given)
    return {
        name: float(np.abs(own[name].reshape(value.shape) - value).max() / own[name].std())
        for name, value in theirs.items()
    }
