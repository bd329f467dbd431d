"""The three networks of the `scenes` model, including the witness, which judges its images independently."""

from collections import OrderedDict

from torch import Tensor, nn

from inverset.sampler.zoo.inversion.inverter import Inverter
from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED

SIDE = 64  # of the images
CODE = 512  # entries of a code: the output of relu6


class Classifier(nn.Module):
    """AlexNet's layout at 64x64: five convolutions, three full layers, with the original names.

    ``convN``/``fcN`` are pre-activations and ``reluN`` post-activations. Input (k, 3, 64, 64) in [-1, 1], output (k, classes) logits.
    The output of ``relu6``, which is (k, width), is the code that the generator of `scenes` inverts.
    """

    def __init__(self, classes: int = len(CLASSES), width: int = CODE) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(3, 32, 5, 2, 2), nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2, self.relu2 = nn.Conv2d(32, 96, 5, 1, 2), nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.conv3, self.relu3 = nn.Conv2d(96, 128, 3, 1, 1), nn.ReLU()
        self.conv4, self.relu4 = nn.Conv2d(128, 128, 3, 1, 1), nn.ReLU()
        self.conv5, self.relu5 = nn.Conv2d(128, 64, 3, 1, 1), nn.ReLU()
        self.flatten = nn.Flatten()
        self.fc6, self.relu6 = nn.Linear(64 * 8 * 8, width), nn.ReLU()
        self.fc7, self.relu7 = nn.Linear(width, 128), nn.ReLU()
        self.fc8 = nn.Linear(128, classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits, from the layers in the order of their definition."""
        for layer in self.children():
            images = layer(images)
        return images


def generator() -> Inverter:
    """The network that inverts the code: (k, 512) -> RGB images (k, 3, 64, 64), nominally in [0, 1]."""
    return Inverter((CODE,), (SIDE, SIDE))


def witness(factors: int = len(PROBED)) -> nn.Sequential:
    """A second small network that shares nothing with the classifier; its last layer has one linear probe for each factor.

    Input (k, 3, 64, 64) in [-1, 1], output (k, factors) estimates; by default of ``factors.PROBED``.
    """
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 24, 4, 2, 1),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(24, 48, 4, 2, 1),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(48, 64, 4, 2, 1),
            relu3=nn.ReLU(),
            flatten=nn.Flatten(),
            features=nn.Linear(64 * 8 * 8, 96),
            relu4=nn.ReLU(),
            probes=nn.Linear(96, factors),
        )
    )


class Networks(nn.Module):
    """The three networks of `scenes` together; weights in files are named after these attributes."""

    def __init__(self, factors: int = len(PROBED)) -> None:
        """Make them untrained; ``factors`` is how many the witness reads."""
        super().__init__()
        self.classifier = Classifier()
        self.generator = generator()
        self.witness = witness(factors)
