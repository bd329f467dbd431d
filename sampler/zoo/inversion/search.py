"""Which layer to invert: a short training on each of a few layers, compared by what they paint of held-out images."""

import math
from collections.abc import Sequence

from inverset.sampler.hooks import INPUT
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.inversion.about import Trial
from inverset.sampler.zoo.networks.layers import Layer

PREFERRED = (1_000, 10_000)  # entries of a code: fewer keep too little of an image, more are hard to sample
_SHARE, _LEAST, _MOST = 20, 100, 500  # of the steps, one in so many go into a trial, at least and at most
_COMPARED = 4  # layers that keep places; a pooled vector beside them


def trial_steps(steps: int) -> int:
    """The steps of a trial, of a training of so many."""
    return min(steps, _MOST, max(_LEAST, steps // _SHARE))


def best(trials: Sequence[Trial]) -> Trial:
    """The trial with the least errors, among those whose codes have a preferred size, if there are any."""
    preferred = [each for each in trials if _excess(each.entries) == 0]
    return min(preferred or trials, key=lambda each: each.score)


def candidates(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers to try, in the order of their computation: maps of several sizes, or tokens of several depths, and a pooled vector.

    Of the layers with maps of one size the last of the outermost blocks is taken: what a network computes next is made of it alone,
    while a layer within a residual block holds a part only. Those nearest to ``PREFERRED`` are tried.

    Args:
        layers: of the network, as ``readable`` lists them.

    Raises:
        BadEntry: no layer can be inverted.
    """
    placed = [each for each in layers if len(each.shape) > 1 and not each.name.endswith(INPUT)]
    by_places: dict[tuple[int, ...], list[Layer]] = {}
    for layer in placed:
        by_places.setdefault(layer.size or (layer.tokens or 1,), []).append(layer)
    ends = [end for several in by_places.values() for end in _ends(several, layers)]
    chosen = sorted(ends, key=lambda each: (_excess(each.numbers), -layers.index(each)))[:_COMPARED]
    after = layers.index(placed[-1]) + 1 if placed else 0
    vectors = [each for each in layers[after:] if len(each.shape) == 1]
    chosen += vectors[:1] if placed else vectors[:-1][:_COMPARED]  # of vectors alone the last are the logits
    if not chosen:
        raise BadEntry("no layer of the network can be inverted: none is a map, tokens or a vector")
    return tuple(sorted(chosen, key=layers.index))


def _ends(several: Sequence[Layer], layers: Sequence[Layer]) -> list[Layer]:
    """The last of the outermost blocks among layers of the same places; a few evenly spread ones of tokens, which keep their places."""
    blocks = [each for each in several if _is_block(each, layers)] or several
    by_depth: dict[int, list[Layer]] = {}
    for layer in blocks:
        by_depth.setdefault(layer.name.count("."), []).append(layer)
    if several[0].tokens is None:
        return by_depth[min(by_depth)][-1:]
    stack = next((each for _, each in sorted(by_depth.items()) if len(each) >= _COMPARED), blocks)
    places = {round((number + 1) / _COMPARED * (len(stack) - 1)) for number in range(_COMPARED)}
    return [stack[place] for place in sorted(places)]


def _is_block(layer: Layer, layers: Sequence[Layer]) -> bool:
    """Whether a layer consists of others: the stem before a block may have maps of the same size, and what widens them after it."""
    return sum(each.name.startswith(f"{layer.name}.") for each in layers) > 1


def _excess(entries: int) -> float:
    """How far the size of a code lies from ``PREFERRED``, in powers of e; 0 within."""
    low, high = PREFERRED
    return max(math.log(low / entries), math.log(entries / high), 0.0)
