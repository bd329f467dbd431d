"""The quality of draws of the prior over codes."""

import time
from collections.abc import Iterator

import torch

from inverset.contract.verdict import PAINTED
from inverset.sampler import judges, priors
from inverset.sampler.evaluation.clusters import evenly
from inverset.sampler.priors import choosing
from inverset.sampler.priors.worth import Figures, Nature, Networks
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, Line, Tried
from inverset.sampler.zoo.own.prior import FEWEST_HELD

_DRAWS, _FEWEST = 200, 50  # draws that are measured
_SECONDS = 60.0  # that G may take for it; as few draws are then made as that allows
_PAINTINGS = 4  # by G, of each draw and of the images that it is compared with
_FAR = 0.8  # of what natural images through G reach
_UNLEARNT = Line(
    "samples",
    WARNING,
    "will not look natural: the generator was not trained on images",
    "train one on the model's images: inverset models train-generator",
)
_MEASURE = "more natural images, and inverset models calibrate"


def prior(tried: Tried) -> Iterator[Line]:
    """Draws compared with natural images that the prior was not fitted on, if enough of these have codes."""
    bundle, reference = tried.bundle, tried.bundle.reference
    chosen = priors.of(bundle)
    count = 0 if reference is None else len(reference.codes)
    fitted, held = choosing.split(count, tried.codes.shape[1])
    known = reference is not None and tried.natural is not None
    if reference is None or not known or len(held) < FEWEST_HELD:
        why = "too few natural images were held out" if known else "no natural images have codes"
        yield Line("prior", OK, f"{chosen.name}; what its draws are worth was not measured: {why}")
        unmeasured = f"whether they will look natural was not measured: {why}"
        yield Line("samples", OK, unmeasured, _MEASURE) if bundle.learnt else _UNLEARNT
        return
    space = judges.space(bundle)
    assert space is not None  # noqa: S101 - there are images
    held = evenly(held, _draw_count(tried))
    photographs, others = reference.images(held.tolist()), evenly(fitted, len(held))
    nature = Nature(
        Networks.of(bundle, space.read),
        reference.invert(fitted),
        reference.invert(held),
        photographs,
        reference.invert(others),
    )
    worth, ceiling = nature.worth(chosen), nature.ceiling
    mine, theirs = worth.through.named(), ceiling.through.named()
    text = f"{chosen.name}; {worth.draws} draws, by {space.judge.name}: " + ", ".join(
        f"{name} {mine[name]:.2f} (natural images through G {theirs[name]:.2f})" for name in mine
    )
    text += f"; {worth.nearness:.2f} times as far from the nearest code fitted on as natural images are"
    if worth.cycle is not None:
        text += f"; |E(G(c)) - c| / |c| {worth.cycle:.2f}, {worth.cycle_cleaned:.2f} after a pass"
    if worth.nearness < choosing.NEAREST:
        yield Line(
            "prior",
            WARNING,
            text,
            "random images are copies of natural images: the model needs more natural images",
        )
    elif bundle.learnt and min(mine[name] / max(1e-9, theirs[name]) for name in mine) < _FAR:
        advice = "random images look less natural than they could: add natural images, and run inverset models calibrate"
        yield Line("prior", WARNING, text, advice)
    else:
        yield Line("prior", OK, text)
    if not bundle.learnt:
        yield _UNLEARNT
        return
    natural = Figures.of(space.read(reference.images(others.tolist())), space.read(photographs))
    yield _samples(worth.raw, ceiling.raw, natural)


def _samples(drawn: Figures, painted: Figures, natural: Figures) -> Line:
    """Whether samples will look natural.

    Args:
        drawn: figures of the prior's draws, against photographs.
        painted: of natural images through G.
        natural: of natural images themselves.
    """
    through, own = painted.named(), natural.named()
    text = "; ".join(
        f"{name} {value:.2f} (through G {through[name]:.2f}, natural images {own[name]:.2f})"
        for name, value in drawn.named().items()
    )
    if _falls_short(painted, natural):
        advice = "the generator cannot reproduce natural images: train it longer, on another layer or on more images"
        return Line("samples", WARNING, f"will not look natural: {text}", advice)
    if _falls_short(drawn, natural):
        return Line("samples", WARNING, f"will hardly look natural: {text}", _MEASURE)
    return Line("samples", OK, f"will look natural, as far as the judge sees: {text}")


def _falls_short(figures: Figures, natural: Figures) -> bool:
    """Whether a figure lies below the share of nature's that the verdict asks for."""
    reached, own = figures.named(), natural.named()
    return any(reached[name] < least * own[name] for name, least in PAINTED.items())


@torch.no_grad()
def _draw_count(tried: Tried) -> int:
    """The number of draws that can be measured in the time."""
    began = time.perf_counter()
    tried.bundle.generator(tried.codes).sum().item()
    seconds = (time.perf_counter() - began) / len(tried.codes)
    return int(min(_DRAWS, max(_FEWEST, _SECONDS / (_PAINTINGS * max(seconds, 1e-9)))))
