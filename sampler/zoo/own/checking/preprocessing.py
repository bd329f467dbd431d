"""How images are fed: what says so, and under which numbers the network knows the classes of natural images best."""

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
    "0..255 less ImageNet's mean": (255.0, tuple(255 * each for each in _MEAN), (1.0,) * 3),
}
_AS_FED = "as it is fed"
_BATCH, _MOST, _FEWEST = 10, 500, 50  # images
_SECONDS = 60.0  # that the network may take for all of it
_SURE = 4.0  # standard deviations: it is looked at many times


@dataclass
class Accuracy:
    """How often the network names the right one of the folders' classes, on the first images of an order that all share."""

    name: str
    fed: Preprocess
    right: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))  # (k,)
    ruled_out: bool = False  # surely worse than another: not looked at any further

    @property
    def share(self) -> float:
        """Of the images."""
        return float(self.right.double().mean())

    def surely_better(self, other: "Accuracy") -> bool:
        """Whether it is right on so many images more that chance does not explain it (a sign test of pairs)."""
        count = min(len(self.right), len(other.right))
        mine, theirs = self.right[:count], other.right[:count]
        won, lost = int((mine & ~theirs).sum()), int((theirs & ~mine).sum())
        return won - lost > _SURE * math.sqrt(won + lost)

    def __str__(self) -> str:
        """For people."""
        return f"{self.name} {self.share:.0%}"


def preprocessing(tried: Tried) -> Iterator[Line]:
    """What is known of the preprocessing, held against the classes of natural images where their folders tell them."""
    fed = tried.bundle.preprocess
    if not isinstance(fed, Preprocess):
        return
    classes = class_folders.of(tried.bundle)
    if classes is None or len(classes.rows) < _FEWEST or len(fed.channels) not in {1, 3}:
        why = f"not measured: no {_FEWEST} natural images lie in folders that are called as the labels are"
        yield _unmeasured(fed, why)
        return
    yield _judged(fed, classes, _accuracies(tried.bundle, fed, classes))


def _unmeasured(fed: Preprocess, why: str) -> Line:
    if not fed.assumed:
        return Line(_WHAT, OK, f"{fed.sentence}; {why}")
    return Line(_WHAT, WARNING, f"{fed.sentence}; {why}", fed.advice.removeprefix(". "))


def _judged(fed: Preprocess, classes: Classes, found: Sequence[Accuracy]) -> Line:
    """``found`` begins with the images as they are fed."""
    now = found[0]
    best = max((each for each in found if not each.ruled_out), key=lambda each: each.share)
    rivals = [
        each for each in found if not each.ruled_out and each is not best and not best.surely_better(each)
    ]
    others = ", ".join(map(str, sorted(found[1:], key=lambda each: -each.share)[:3]))
    among = f"{len(now.right)} images are called right among {len(set(classes.units))} classes"
    text = f"{fed.sentence}; {now.share:.0%} of {among} ({classes.known_by}); {others}"
    if not _beyond_chance(best, classes):
        advice = "no better than chance: do the folders mean the labels, is the size right, are the weights trained?"
        return Line(_WHAT, WARNING, text, advice)
    if best is not now and now not in rivals:
        sure = "was most likely trained with" if rivals else "was surely trained with"
        also = f" (or {', '.join(each.name for each in rivals)})" if rivals else ""
        return Line(_WHAT, WRONG, text, f"the network {sure} {best.name}{also}: {_settings(best.fed)}")
    if best is now and not rivals:
        return Line(_WHAT, OK, f"{text}; it was surely trained so")
    unsure = ", ".join(each.name for each in (best, *rivals) if each is not now)
    advice = f"it cannot be told from {unsure}; say what it was trained with" if fed.assumed else ""
    return Line(_WHAT, WARNING if fed.assumed else OK, text, advice)


def _beyond_chance(best: Accuracy, classes: Classes) -> bool:
    units = torch.tensor(classes.units)
    chance = float(units.bincount().max()) / len(units)
    return best.share - chance > _SURE * math.sqrt(chance * (1 - chance) / len(best.right))


def _settings(fed: Preprocess) -> str:
    """As models.toml has it."""
    mean, std = ([round(each, 3) for each in values.flatten().tolist()] for values in (fed.mean, fed.std))
    channels = "" if fed.channels == "rgb" else f'channels = "{fed.channels}", '
    scale = "" if fed.scale == 1 else f"scale = {fed.scale:g}, "
    return f"preprocessing = {{ {channels}{scale}mean = {mean}, std = {std} }}"


def _variants(fed: Preprocess) -> dict[str, Preprocess]:
    """Name -> preprocessing; what images are fed with now comes first, and not twice."""
    found = {_AS_FED: fed}
    orders = ("rgb", "bgr") if len(fed.channels) == 3 else (fed.channels,)
    for order in orders:
        for name, (scale, mean, std) in _KINDS.items():
            made = fed.normalised(scale, _ordered(mean, order), _ordered(std, order), order)
            if made.described != fed.described:
                found[f"{name} in BGR" if order == "bgr" else name] = made
    return found


def _ordered(values: Sequence[float], order: str) -> tuple[float, ...]:
    if len(order) == 1:
        return (sum(values) / len(values),)
    return tuple(values if order == "rgb" else reversed(values))


@torch.no_grad()
def _accuracies(bundle: Bundle, fed: Preprocess, classes: Classes) -> list[Accuracy]:
    """Of each preprocessing: as many images as the time allows, the same for all; what is surely worse is left on the way."""
    found = list(starmap(Accuracy, _variants(fed).items()))
    reference, device = bundle.reference, bundle.statistics.mean.device
    assert reference is not None  # noqa: S101 - it has classes
    shown = torch.tensor(sorted(set(classes.units)))  # other classes have no images here
    count, seen, began = min(_MOST, len(classes.rows)), 0, time.perf_counter()
    # However early this ends, the images are spread over all classes.
    order = torch.randperm(len(classes.rows), generator=torch.Generator().manual_seed(0))[:count].tolist()
    while seen < count and (seen < _FEWEST or time.perf_counter() - began < _SECONDS):
        chunk = order[seen : seen + _BATCH]
        images = reference.images([classes.rows[each] for each in chunk]).to(device).float() / 255
        wanted = torch.tensor([classes.units[each] for each in chunk])
        for each in (each for each in found if not each.ruled_out):
            said = capture(bundle.network, each.fed(images), {classes.layer: _output})[classes.layer]
            called = shown[said[:, shown.to(device)].argmax(dim=1).cpu()]
            each.right = torch.cat([each.right, called == wanted])
        seen += len(chunk)
        if seen >= _FEWEST:
            _rule_out(found)
    return found


def _rule_out(found: Sequence[Accuracy]) -> None:
    """All that the best so far is surely better than."""
    left = [each for each in found if not each.ruled_out]
    best = max(left, key=lambda each: each.share)
    for each in left:
        each.ruled_out = best.surely_better(each)


def _output(found: LayerOutput) -> Tensor:
    return found.output.flatten(1)
