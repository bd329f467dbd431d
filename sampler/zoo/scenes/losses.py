"""What the networks are trained for: class, picture and code, all three at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from sampler.zoo.scenes.factors import CLASSES, PROBED
from sampler.zoo.scenes.networks import Classifier

_VOLCANO, _MOUNTAIN = CLASSES.index("volcano"), CLASSES.index("mountain")
_COMPARED = ("relu1", "relu2", "relu3", "relu4")  # layers whose activations count as the look of a picture


class Reading(NamedTuple):
    """One pass through the classifier."""

    looks: tuple[Tensor, ...]  # activations of the compared layers
    codes: Tensor  # c: (k, 512)
    logits: Tensor  # (k, 12)


def read(classifier: nn.Module, images: Tensor) -> Reading:
    """Run the classifier on images (k, 3, 64, 64) in [0, 1] and keep what the losses compare."""
    kept, values = {}, images * 2 - 1
    for name, layer in classifier.named_children():
        values = layer(values)
        kept[name] = values
    return Reading(tuple(kept[name] for name in _COMPARED), kept["relu6"], values)


def soft_labels(classes: Tensor, factors: Tensor) -> Tensor:
    """The share of onlookers who say yes to each class: (k, 12).

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
    """Cross entropy of one yes or no a class; unlike a softmax over classes it makes each logit mean something alone."""
    return functional.binary_cross_entropy_with_logits(logits.float(), labels, reduction="none").sum(1).mean()


def cycle_error(returned: Tensor, codes: Tensor) -> Tensor:
    """|E(G(c)) - c| / |c|, one a code: (k,)."""
    errors: Tensor = (returned - codes).norm(dim=1) / codes.norm(dim=1).clamp_min(1e-6)
    return errors


def picture_loss(painted: Tensor, images: Tensor) -> Tensor:
    """Mean absolute error of the colours and of their differences between neighbours, which is where blur shows."""
    error = painted - images
    return error.abs().mean() + 0.5 * (error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean())


def look_loss(painted: Reading, original: Reading) -> Tensor:
    """Relative difference of the compared activations; the original's are the fixed target."""
    terms = [
        (p - o.detach()).abs().mean() / o.detach().abs().mean()
        for p, o in zip(painted.looks, original.looks, strict=True)
    ]
    return torch.stack(terms).mean()


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
    nets: nn.ModuleDict, images: Tensor, noisy: Tensor, labels: Tensor, mixing: Tensor
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """The loss of one batch, its parts, and what G made of the batch.

    Args:
        nets: "classifier" and "generator".
        images: (k, 3, 64, 64) in [0, 1], the target.
        noisy: the same with a little noise, which is what the classifier sees.
        labels: (k, 12) shares in 0..1.
        mixing: (j,) in 0..1, j <= k / 2: so many codes half way between two images' are checked for their cycle too, so
            that G can be trusted between the images that it saw.
    """
    classifier, generator = cast("Classifier", nets["classifier"]), nets["generator"]
    original = read(classifier, noisy)
    j = len(mixing)
    between = original.codes[:j] * mixing[:, None] + original.codes[-j:] * (1 - mixing[:, None])
    painted = generator(torch.cat([original.codes, between])).float()
    count = len(images)
    with _frozen(classifier):
        again = read(classifier, painted)
    known = Reading(tuple(look[:count] for look in again.looks), again.codes[:count], again.logits[:count])
    parts = {
        "label": naming_loss(original.logits, labels),
        "picture": picture_loss(painted[:count], images),
        "look": look_loss(known, original),
        "cycle": cycle_error(
            again.codes.float(), torch.cat([original.codes, between]).detach().float()
        ).mean(),
        "name": naming_loss(known.logits, labels),
    }
    weights = {"label": 1.5, "picture": 10.0, "look": 0.6, "cycle": 0.3, "name": 0.2}
    return (
        torch.stack([weights[name] * part for name, part in parts.items()]).sum(),
        parts,
        painted[:count].detach(),
    )
