"""Tests of the networks' outputs for generated images, and of the gradients back to the codes."""

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
_FOLLOWED = 2  # codes whose gradients are checked
_STRAYING = 0.5  # of cycle errors, beyond which G hardly inverts E


@torch.no_grad()
def finite(tried: Tried) -> Iterator[Line]:
    """Whether all layers give finite numbers."""
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
        yield Line("numbers", WRONG, f"not finite in {where}", "half precision, or invalid weights?")
    else:
        yield Line("numbers", OK, f"finite in all of {len(bundle.layers)} layers")


def constancy(tried: Tried) -> Iterator[Line]:
    """Whether the network is a function of the image, and whether it was trained."""
    bundle = tried.bundle
    size, device = bundle.size, tried.codes.device
    if fault := consistency.fault(bundle.network, bundle.preprocess, size, bundle.layers, device):
        sentence, _, advice = fault.partition(". ")
        yield Line("same image", WRONG, f"the network {sentence}", advice)
    else:
        text = (
            f"gives the same activations twice, alone and in a batch, in all of {len(bundle.layers)} layers"
        )
        yield Line("same image", OK, text)
    if not bundle.catalogue.get("trained", True):
        text = "some or all are random: the network was not trained"
        yield Line("weights", WARNING, text, "give its weights, if it has any")


def gradients(tried: Tried) -> Iterator[Line]:
    """Whether any gradient reaches the code from some neurons in layers of every kind."""
    bundle, layers = tried.bundle, _of_all_kinds(tried.bundle)
    neurons = {layer: some_neurons(bundle, layer) for layer in layers}
    codes = tried.codes[:_FOLLOWED].detach().clone().requires_grad_()
    whole = problem_of(bundle, tuple(neuron for probed in neurons.values() for neuron in probed))
    columns = iter(whole.forward(codes).activations.T)
    mute = [
        layer
        for layer, probed in neurons.items()
        if not _reaches(sum(next(columns).sum() for _ in probed), codes)
    ]
    if not mute:
        yield Line("gradient", OK, f"reaches the code from all kinds of layers: {len(layers)} were tried")
        return
    shown = f"{', '.join(mute[:4])}{' ...' if len(mute) > 4 else ''}"
    text = f"does not reach the code from {shown} ({len(mute)} of {len(layers)} tried)"
    if len(mute) == len(layers):
        advice = "does G or the preprocessing round, or compute under no_grad?"
        yield Line("gradient", WRONG, text, advice)
    else:
        advice = "only `rejection` and `reference` can sample these; leave them out of `layers`"
        yield Line("gradient", WARNING, text, advice)


def _of_all_kinds(bundle: Bundle) -> list[str]:
    """The first and the last layer of every module class."""
    by_kind: dict[str, list[str]] = {}
    for layer in bundle.layers:
        module = bundle.network.get_submodule(layer.removesuffix(INPUT))
        by_kind.setdefault(f"{type(module).__name__}{layer.endswith(INPUT)}", []).append(layer)
    chosen = {layer for same in by_kind.values() for layer in (same[0], same[-1])}
    return [layer for layer in bundle.layers if layer in chosen]


def _reaches(activations: Tensor | int, codes: Tensor) -> bool:
    if isinstance(activations, int) or not activations.requires_grad:
        return False
    (derivative,) = torch.autograd.grad(activations, codes, retain_graph=True, allow_unused=True)
    gradient: Tensor | None = derivative
    if gradient is None or not bool(gradient.isfinite().all()):
        return False
    return float(gradient.abs().max()) >= _MUTE


@torch.no_grad()
def cycle(tried: Tried) -> Iterator[Line]:
    """Whether G inverts E, if it should."""
    limit = tried.bundle.statistics.cycle_limit
    if limit is None:
        text = "G does not invert the layer of E: only the norm of codes keeps them near its training data"
        yield Line("cycle E(G(c))", OK, text)
        return
    seen = problem_of(tried.bundle).forward(tried.codes)
    assert seen.cycle is not None  # noqa: S101 - there is a limit
    median = float(seen.cycle.median())
    text = f"|E(G(c)) - c| / |c| is {median:.2f}, 97 % of reference codes stay below {limit:.2f}"
    if median > 1:
        yield Line(
            "cycle E(G(c))",
            WRONG,
            text,
            "G does not invert this layer: does it belong to other weights, or is it scaled?",
        )
    elif median > _STRAYING:
        yield Line(
            "cycle E(G(c))",
            WARNING,
            text,
            "G barely inverts E; train it longer, or invert a deeper layer",
        )
    else:
        yield Line("cycle E(G(c))", OK, text)


@torch.no_grad()
def quantisation(tried: Tried) -> Iterator[Line]:
    """The change of an activation by rounding to 8 bits, in widths of a typical band: a PNG is not finer."""
    bundle, known = tried.bundle, tried.bundle.measured
    random = torch.Generator().manual_seed(0)
    # What G paints may be a file's already.
    finest = torch.rand(tried.raw.shape, generator=random).to(tried.raw) - 0.5
    fine = (tried.raw + finest / 255).clamp(0, 1)
    coarse = (fine * 255).round().to(torch.uint8).cpu()
    worst, where = 0.0, ""
    for layer in bundle.layers:
        neurons = [chosen for chosen in some_neurons(bundle, layer) if str(chosen) in known]
        if not neurons:
            continue
        whole = _read(bundle, tuple(neurons), fine)
        rounded, _ = read_images(bundle, neurons, coarse)
        for column, neuron in enumerate(neurons):
            quantiles = bundle.statistics_of(str(neuron)).quantiles
            low, high = (quantiles[index] for index in _TYPICAL)
            if high - low > 1e-9:
                moved = float((whole - rounded)[:, column].abs().median()) / (high - low)
                worst, where = max((worst, where), (moved, str(neuron)))
    text = f"moves an activation by at most {worst:.1%} of the width of q.90 to q.97 ({where or 'nothing was measured'})"
    if worst > _LOUD:
        yield Line("8 bits", WARNING, text, "use wider bands there: 8-bit images on disk are not finer")
    else:
        yield Line("8 bits", OK, text)


def _read(bundle: Bundle, neurons: tuple[Neuron, ...], images: Tensor) -> Tensor:
    """The activations of images without rounding: (k, m)."""
    readers = dict.fromkeys({neuron.layer for neuron in neurons}, lambda captured: captured.output)
    seen = capture(bundle.network, bundle.preprocess(images), readers, bundle.channels_last)
    return torch.stack([neuron.read(seen[neuron.layer]) for neuron in neurons], dim=1)
