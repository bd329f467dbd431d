"""Tests of the preprocessing: the source of its settings, and the settings under which the network classifies best."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import starmap

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.hooks import LayerOutput, capture
from inverset.sampler.zoo.networks.preprocessing import Preprocess
from inverset.sampler.zoo.own.checking import class_folders
from inverset.sampler.zoo.own.checking.class_folders import Classes
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, WRONG, Line, Tried

_WHAT = "preprocessing"
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's images in [0, 1]
_KINDS = {  # name -> white, mean, std, as red, green and blue
    "0..1": (1.0, (0.0,) * 3, (1.0,) * 3),
    "[-1, 1]": (1.0, (0.5,) * 3, (0.5,) * 3),
    "ImageNet's mean and std": (1.0, _MEAN, _STD),
    "0..255": (255.0, (0.0,) * 3, (1.0,) * 3),
    "0..255 less ImageNet's mean": (255.0, tuple(255 * channel for channel in _MEAN), (1.0,) * 3),
}
_AS_FED = "as it is now"
_BATCH, _MOST, _FEWEST = 10, 500, 50  # images
_SECONDS = 60.0  # that the network may take for all of it
_SURE = 4.0  # standard deviations; large because the test is repeated many times


@dataclass
class Accuracy:
    """The accuracy of the network over the folders' classes, on the first images of an order that all variants share."""

    name: str
    fed: Preprocess
    right: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))  # (k,)
    ruled_out: bool = False  # surely worse than another, and not evaluated further

    @property
    def share(self) -> float:
        """The share of correctly classified images."""
        return float(self.right.double().mean())

    def surely_better(self, other: "Accuracy") -> bool:
        """Whether the lead in correct images is too large for chance (a sign test of pairs)."""
        count = min(len(self.right), len(other.right))
        mine, theirs = self.right[:count], other.right[:count]
        won, lost = int((mine & ~theirs).sum()), int((theirs & ~mine).sum())
        return won - lost > _SURE * math.sqrt(won + lost)

    def __str__(self) -> str:
        """The name and the accuracy, for display."""
        return f"{self.name} {self.share:.0%}"


def preprocessing(tried: Tried) -> Iterator[Line]:
    """The preprocessing and its source, compared with the accuracy on natural images if their folders name classes."""
    fed = tried.bundle.preprocess
    if not isinstance(fed, Preprocess):
        return
    classes = class_folders.of(tried.bundle)
    if classes is None or len(classes.rows) < _FEWEST or len(fed.channels) not in {1, 3}:
        why = f"not measured: no {_FEWEST} natural images are in folders with the names of the labels"
        yield _unmeasured(fed, why)
        return
    yield _comparison(fed, classes, _accuracies(tried.bundle, fed, classes))


def _unmeasured(fed: Preprocess, why: str) -> Line:
    if not fed.assumed:
        return Line(_WHAT, OK, f"{fed.sentence}; {why}")
    return Line(_WHAT, WARNING, f"{fed.sentence}; {why}", fed.advice.removeprefix(". "))


def _comparison(fed: Preprocess, classes: Classes, accuracies: Sequence[Accuracy]) -> Line:
    """The result of the comparison; ``accuracies`` begins with the current preprocessing."""
    now = accuracies[0]
    best = max(
        (accuracy for accuracy in accuracies if not accuracy.ruled_out), key=lambda accuracy: accuracy.share
    )
    rivals = [
        accuracy
        for accuracy in accuracies
        if not accuracy.ruled_out and accuracy is not best and not best.surely_better(accuracy)
    ]
    others = ", ".join(map(str, sorted(accuracies[1:], key=lambda accuracy: -accuracy.share)[:3]))
    among = f"{len(now.right)} images are classified correctly among {len(set(classes.units))} classes"
    text = f"{fed.sentence}; {now.share:.0%} of {among} ({classes.known_by}); {others}"
    if not _beyond_chance(best, classes):
        advice = "no better than chance: do the folders match the labels, is the size right, are the weights trained?"
        return Line(_WHAT, WARNING, text, advice)
    if best is not now and now not in rivals:
        sure = "was most likely trained with" if rivals else "was almost certainly trained with"
        also = f" (or {', '.join(accuracy.name for accuracy in rivals)})" if rivals else ""
        return Line(_WHAT, WRONG, text, f"the network {sure} {best.name}{also}: {_settings(best.fed)}")
    if best is now and not rivals:
        return Line(_WHAT, OK, f"{text}; it was almost certainly trained this way")
    unsure = ", ".join(accuracy.name for accuracy in (best, *rivals) if accuracy is not now)
    advice = (
        f"it is not possible to distinguish this from {unsure}; give what it was trained with"
        if fed.assumed
        else ""
    )
    return Line(_WHAT, WARNING if fed.assumed else OK, text, advice)


def _beyond_chance(best: Accuracy, classes: Classes) -> bool:
    units = torch.tensor(classes.units)
    chance = float(units.bincount().max()) / len(units)
    return best.share - chance > _SURE * math.sqrt(chance * (1 - chance) / len(best.right))


def _settings(fed: Preprocess) -> str:
    """The settings in the format of models.toml."""
    mean, std = ([round(number, 3) for number in values.flatten().tolist()] for values in (fed.mean, fed.std))
    channels = "" if fed.channels == "rgb" else f'channels = "{fed.channels}", '
    scale = "" if fed.scale == 1 else f"scale = {fed.scale:g}, "
    return f"preprocessing = {{ {channels}{scale}mean = {mean}, std = {std} }}"


def _variants(fed: Preprocess) -> dict[str, Preprocess]:
    """Preprocessing variants by name; the current one comes first, and only once."""
    variants = {_AS_FED: fed}
    orders = ("rgb", "bgr") if len(fed.channels) == 3 else (fed.channels,)
    for order in orders:
        for name, (scale, mean, std) in _KINDS.items():
            made = fed.normalised(scale, _ordered(mean, order), _ordered(std, order), order)
            if made.described != fed.described:
                variants[f"{name} in BGR" if order == "bgr" else name] = made
    return variants


def _ordered(values: Sequence[float], order: str) -> tuple[float, ...]:
    if len(order) == 1:
        return (sum(values) / len(values),)
    return tuple(values if order == "rgb" else reversed(values))


@torch.no_grad()
def _accuracies(bundle: Bundle, fed: Preprocess, classes: Classes) -> list[Accuracy]:
    """The accuracy of each preprocessing, on as many images as time allows; those that are surely worse are dropped on the way."""
    accuracies = list(starmap(Accuracy, _variants(fed).items()))
    reference, device = bundle.reference, bundle.statistics.mean.device
    assert reference is not None  # noqa: S101 - it has classes
    shown = torch.tensor(sorted(set(classes.units)))  # other classes have no images here
    count, seen, began = min(_MOST, len(classes.rows)), 0, time.perf_counter()
    # However early this ends, the images are spread over all classes.
    order = torch.randperm(len(classes.rows), generator=torch.Generator().manual_seed(0))[:count].tolist()
    while seen < count and (seen < _FEWEST or time.perf_counter() - began < _SECONDS):
        chunk = order[seen : seen + _BATCH]
        images = reference.images([classes.rows[index] for index in chunk]).to(device).float() / 255
        units = torch.tensor([classes.units[index] for index in chunk])
        for accuracy in (accuracy for accuracy in accuracies if not accuracy.ruled_out):
            logits = capture(bundle.network, accuracy.fed(images), {classes.layer: _output})[classes.layer]
            called = shown[logits[:, shown.to(device)].argmax(dim=1).cpu()]
            accuracy.right = torch.cat([accuracy.right, called == units])
        seen += len(chunk)
        if seen >= _FEWEST:
            _rule_out(accuracies)
    return accuracies


def _rule_out(accuracies: Sequence[Accuracy]) -> None:
    """Rule out all variants that are surely worse than the best."""
    left = [accuracy for accuracy in accuracies if not accuracy.ruled_out]
    best = max(left, key=lambda accuracy: accuracy.share)
    for accuracy in left:
        accuracy.ruled_out = best.surely_better(accuracy)


def _output(layer: LayerOutput) -> Tensor:
    return layer.output.flatten(1)
