"""CaffeNet, and PlacesCNN, which differs in its classes only: every layer with its original name."""

from collections import OrderedDict

import torch
from torch import nn

CLASSES, PLACES = 1000, 205


def build(classes: int = CLASSES) -> nn.Sequential:
    """AlexNet in Caffe's version, which pools before it normalises: images (k, 3, 227, 227) from ``pixels`` -> (k, classes) logits.

    ``convN`` and ``fcN`` are before the rectifier, ``reluN`` after; dropout does nothing here. Weights lie on the meta device.
    Source: models/bvlc_reference_caffenet and nets/placesCNN, read as prototxt.
    """
    with torch.device("meta"):
        return nn.Sequential(OrderedDict({**_convolutions(), **_full(classes)}))


def _convolutions() -> dict[str, nn.Module]:
    return {
        "conv1": nn.Conv2d(3, 96, 11, stride=4),
        "relu1": nn.ReLU(),
        **_pooled(1),
        **_normed(1),
        "conv2": nn.Conv2d(96, 256, 5, padding=2, groups=2),
        "relu2": nn.ReLU(),
        **_pooled(2),
        **_normed(2),
        "conv3": nn.Conv2d(256, 384, 3, padding=1),
        "relu3": nn.ReLU(),
        "conv4": nn.Conv2d(384, 384, 3, padding=1, groups=2),
        "relu4": nn.ReLU(),
        "conv5": nn.Conv2d(384, 256, 3, padding=1, groups=2),
        "relu5": nn.ReLU(),
        **_pooled(5),
    }


def _pooled(number: int) -> dict[str, nn.Module]:
    return {f"pool{number}": nn.MaxPool2d(3, 2, ceil_mode=True)}  # Caffe counts the window that sticks out


def _normed(number: int) -> dict[str, nn.Module]:
    return {f"norm{number}": nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1)}


def _full(classes: int) -> dict[str, nn.Module]:
    return {
        "flatten": nn.Flatten(),
        "fc6": nn.Linear(256 * 6 * 6, 4096),
        "relu6": nn.ReLU(),
        "fc7": nn.Linear(4096, 4096),
        "relu7": nn.ReLU(),
        "fc8": nn.Linear(4096, classes),
    }
