"""The losses of the networks: class, image and code, together."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from inverset.sampler.zoo.inversion.losses import WEIGHTS, Reading, inversion_loss
from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED
from inverset.sampler.zoo.scenes.networks import Classifier, Networks

_VOLCANO, _MOUNTAIN = CLASSES.index("volcano"), CLASSES.index("mountain")
_WEIGHTS = {"label": 1.5, **WEIGHTS, "name": 0.2}
_COMPARED = ("relu1", "relu2", "relu3", "relu4")  # layers whose activations count as the look of a picture


def read(classifier: nn.Module, images: Tensor) -> Reading:
    """The classifier's outputs that the losses compare, for images (k, 3, 64, 64) in [0, 1]."""
    kept, values = {}, images * 2 - 1
    for name, layer in classifier.named_children():
        values = layer(values)
        kept[name] = values
    return Reading(tuple(kept[name] for name in _COMPARED), kept["relu6"], values)


def soft_labels(classes: Tensor, factors: Tensor) -> Tensor:
    """The share of viewers who would assign each class: (k, 12).

    A mountain with a wisp of smoke divides them; the more lava and smoke, the more say volcano and not mountain. This
    makes the volcano neuron a graded one: its log odds over volcanoes are 0.2 + 1.6 (lava + smoke).
    """
    labels = functional.one_hot(classes, len(CLASSES)).float()
    erupting = classes == _VOLCANO
    evidence = factors[:, PROBED.index("lava")] + factors[:, PROBED.index("smoke")]
    sure = torch.sigmoid(0.2 + 1.6 * evidence)
    labels[:, _VOLCANO] = torch.where(erupting, sure, labels[:, _VOLCANO])
    labels[:, _MOUNTAIN] = torch.where(erupting, 1 - sure, labels[:, _MOUNTAIN])
    return labels


def naming_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of a binary label for each class; unlike with a softmax, each logit has a meaning of its own."""
    return functional.binary_cross_entropy_with_logits(logits.float(), labels, reduction="none").sum(1).mean()


@contextmanager
def _frozen(classifier: Classifier) -> Iterator[None]:
    """Let gradients pass through the classifier without reaching its weights.

    Otherwise the cheapest way to a small cycle error is a classifier that sees no difference between pictures.
    """
    learning = [weight for weight in classifier.parameters() if weight.requires_grad]
    classifier.requires_grad_(requires_grad=False)
    yield
    for weight in learning:
        weight.requires_grad_()


def joint_loss(
    nets: Networks, images: Tensor, noisy: Tensor, labels: Tensor, mixing: Tensor
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """The loss of one batch, its parts, and G's images of the batch.

    Args:
        nets: "classifier" and "generator".
        images: (k, 3, 64, 64) in [0, 1], the target.
        noisy: the same with a little noise, which is what the classifier sees.
        labels: (k, 12) shares in 0..1.
        mixing: (j,) in 0..1, j <= k / 2: so many codes half way between two images' are checked for their cycle too, so
            that G can be trusted between the images that it saw.
    """
    classifier = nets.classifier
    original = read(classifier, noisy)
    with _frozen(classifier):
        inversion = inversion_loss(
            nets.generator, lambda painted: read(classifier, painted), images, original, mixing
        )
    parts = {
        "label": naming_loss(original.logits, labels),
        **inversion.parts,
        "name": naming_loss(inversion.again.logits, labels),
    }
    loss = torch.stack([_WEIGHTS[name] * part for name, part in parts.items()]).sum()
    return loss, parts, inversion.painted.detach()
