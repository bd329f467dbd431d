"""What the networks say of painted images, and whether that can be followed back to the codes."""

from collections.abc import Iterator

import torch
from torch import Tensor

from inverset.sampler.bundle import Bundle
from inverset.sampler.hooks import INPUT, capture
from inverset.sampler.problem import Neuron, read_images
from inverset.sampler.zoo.networks import consistency
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, WRONG, Line, Tried, problem_of, some_neurons

_TYPICAL = ("0.9", "0.97")  # quantiles between which a typical band lies
_LOUD, _MUTE = 0.2, 1e-12  # a share of a band's width that is much; a gradient that is none
_FOLLOWED = 2  # codes whose gradients are looked at
_STRAYING = 0.5  # of cycle errors, beyond which G hardly inverts E


@torch.no_grad()
def finite(tried: Tried) -> Iterator[Line]:
    """Whether all layers say numbers."""
    bundle = tried.bundle
    seen = problem_of(bundle, tuple(some_neurons(bundle, layer)[0] for layer in bundle.layers)).forward(
        tried.codes
    )
    bad = [
        layer
        for column, layer in enumerate(bundle.layers)
        if not bool(seen.activations[:, column].isfinite().all())
    ]
    if bad or not bool(seen.finite().all()):
        where = ", ".join(bad[:4]) or "G or E"
        yield Line("numbers", WRONG, f"not finite in {where}", "half precision, or weights that are none?")
    else:
        yield Line("numbers", OK, f"finite in all of {len(bundle.layers)} layers")


def constancy(tried: Tried) -> Iterator[Line]:
    """Whether the network is a function of the image, and was trained at all."""
    bundle = tried.bundle
    height, width = bundle.catalogue["image"]
    size, device = (height, width), tried.codes.device
    if wrong := consistency.fault(bundle.network, bundle.preprocess, size, bundle.layers, device):
        found, _, advice = wrong.partition(". ")
        yield Line("same image", WRONG, f"the network {found}", advice)
    else:
        text = f"gives the same activations twice, alone and beside others, in all of {len(bundle.layers)} layers"
        yield Line("same image", OK, text)
    if not bundle.catalogue.get("trained", True):
        text = "they are random, wholly or in part: the network was not trained"
        yield Line("weights", WARNING, text, "name its weights, if it has any")


def gradients(tried: Tried) -> Iterator[Line]:
    """Of some neurons in layers of every kind: whether there is any way for them to move a code."""
    bundle, layers = tried.bundle, _of_all_kinds(tried.bundle)
    neurons = {layer: some_neurons(bundle, layer) for layer in layers}
    codes = tried.codes[:_FOLLOWED].detach().clone().requires_grad_()
    whole = problem_of(bundle, tuple(each for some in neurons.values() for each in some))
    columns = iter(whole.forward(codes).activations.T)
    mute = [
        layer
        for layer, some in neurons.items()
        if not _reaches(sum(next(columns).sum() for _ in some), codes)
    ]
    if not mute:
        yield Line("gradient", OK, f"reaches the code from all kinds of layers: {len(layers)} were tried")
        return
    some = f"{', '.join(mute[:4])}{' ...' if len(mute) > 4 else ''}"
    text = f"does not reach the code from {some} ({len(mute)} of {len(layers)} tried)"
    if len(mute) == len(layers):
        advice = "is something rounded, or computed under no_grad, in G or before the network?"
        yield Line("gradient", WRONG, text, advice)
    else:
        advice = "these can be asked by `rejection` and `reference` only; leave them out of `layers`"
        yield Line("gradient", WARNING, text, advice)


def _of_all_kinds(bundle: Bundle) -> list[str]:
    """The first and the last layer of every class of modules."""
    found: dict[str, list[str]] = {}
    for layer in bundle.layers:
        module = bundle.network.get_submodule(layer.removesuffix(INPUT))
        found.setdefault(f"{type(module).__name__}{layer.endswith(INPUT)}", []).append(layer)
    chosen = {layer for same in found.values() for layer in (same[0], same[-1])}
    return [layer for layer in bundle.layers if layer in chosen]


def _reaches(activations: Tensor | int, codes: Tensor) -> bool:
    if isinstance(activations, int) or not activations.requires_grad:
        return False
    (found,) = torch.autograd.grad(activations, codes, retain_graph=True, allow_unused=True)
    gradient: Tensor | None = found
    if gradient is None or not bool(gradient.isfinite().all()):
        return False
    return float(gradient.abs().max()) >= _MUTE


@torch.no_grad()
def cycle(tried: Tried) -> Iterator[Line]:
    """Whether G inverts E, where it is to."""
    limit = tried.bundle.statistics.cycle_limit
    if limit is None:
        text = "G inverts no layer that is E: nothing holds codes to what it was taught but their norm"
        yield Line("cycle E(G(c))", OK, text)
        return
    seen = problem_of(tried.bundle).forward(tried.codes)
    assert seen.cycle is not None  # noqa: S101 - there is a limit
    median = float(seen.cycle.median())
    text = f"|E(G(c)) - c| / |c| is {median:.2f}, 97 % of reference codes stay below {limit:.2f}"
    if median > 1:
        yield Line(
            "cycle E(G(c))", WRONG, text, "G does not invert this layer: is it of other weights, or scaled?"
        )
    elif median > _STRAYING:
        yield Line(
            "cycle E(G(c))",
            WARNING,
            text,
            "G hardly inverts E; train it for longer, or invert a deeper layer",
        )
    else:
        yield Line("cycle E(G(c))", OK, text)


@torch.no_grad()
def quantisation(tried: Tried) -> Iterator[Line]:
    """By how much rounding to 8 bits moves an activation, in widths of a typical band: a PNG holds no more."""
    bundle, known = tried.bundle, tried.bundle.catalogue["neurons"]
    random = torch.Generator().manual_seed(0)
    finest = (
        torch.rand(tried.raw.shape, generator=random).to(tried.raw) - 0.5
    )  # what G paints may be a file's already
    fine = (tried.raw + finest / 255).clamp(0, 1)
    coarse = (fine * 255).round().to(torch.uint8).cpu()
    worst, where = 0.0, ""
    for layer in bundle.layers:
        neurons = [each for each in some_neurons(bundle, layer) if str(each) in known]
        if not neurons:
            continue
        whole = _read(bundle, tuple(neurons), fine)
        rounded, _ = read_images(bundle, neurons, coarse)
        for column, neuron in enumerate(neurons):
            low, high = (known[str(neuron)]["quantiles"][at] for at in _TYPICAL)
            if high - low > 1e-9:
                moved = float((whole - rounded)[:, column].abs().median()) / (high - low)
                worst, where = max((worst, where), (moved, str(neuron)))
    text = f"moves an activation by at most {worst:.1%} of the width of q.90 to q.97 ({where or 'nothing was measured'})"
    if worst > _LOUD:
        yield Line("8 bits", WARNING, text, "ask for wider bands there: an image on disk is not finer")
    else:
        yield Line("8 bits", OK, text)


def _read(bundle: Bundle, neurons: tuple[Neuron, ...], images: Tensor) -> Tensor:
    """Activations of images that are not rounded: (k, m)."""
    wanted = dict.fromkeys({neuron.layer for neuron in neurons}, lambda said: said.output)
    seen = capture(bundle.network, bundle.preprocess(images), wanted, bundle.channels_last)
    return torch.stack([neuron.read(seen[neuron.layer]) for neuron in neurons], dim=1)
