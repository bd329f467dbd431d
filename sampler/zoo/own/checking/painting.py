"""Tests of a generator's images."""

from collections.abc import Iterator

from inverset.sampler.zoo.own.checking.tried import OK, WARNING, WRONG, Line, Tried

_CLIPPED = 0.25  # share of values outside of [0, 1] that is suspicious
_FAR, _FLAT = 3.0, 0.05  # a value that no image comes near; a range that is hardly one
_SWAPPED = 0.95  # a reversed order of colours fits that much better than the right one
_ALIKE = 1e-3  # deviation between images, below which G paints the same of everything
_SHRUNK = 0.25  # of the pixels that the network was made for


def shapes(tried: Tried) -> Iterator[Line]:
    """Whether images have the declared size, and are large enough for the network."""
    bundle, (height, width) = tried.bundle, tried.bundle.size
    expected = (len(tried.codes), 3, height, width)
    if tuple(tried.raw.shape) != expected:
        yield Line(
            "shapes", WRONG, f"G paints {tuple(tried.raw.shape[1:])}, not {expected[1:]}", "is it of RGB?"
        )
        return
    fed = bundle.preprocess(tried.raw[:1].clamp(0, 1))
    network = "x".join(map(str, fed.shape[1:]))
    text = f"codes of {tried.codes.shape[1]} numbers, images of {height}x{width}, the network takes {network}"
    shrunk = height * width < _SHRUNK * fed.shape[-1] * fed.shape[-2]
    yield Line(
        "shapes",
        WARNING if shrunk else OK,
        text,
        "images are much smaller than what the network was made for: it sees blur" if shrunk else "",
    )


def value_range(tried: Tried) -> Iterator[Line]:
    """Whether the values of images lie in [0, 1]."""
    raw = tried.raw
    low, high = float(raw.min()), float(raw.max())
    outside = float(((raw < 0) | (raw > 1)).double().mean())
    text = f"{low:.2f} to {high:.2f}; {outside:.0%} of the values lie outside [0, 1]"
    if high > _FAR or outside > 2 * _CLIPPED:
        advice = "G does not give values in [0, 1]: convert [-1, 1] by (x + 1) / 2, bytes by x / 255"
        yield Line("value range", WRONG, text, advice)
    elif outside > _CLIPPED or high - low < _FLAT:
        yield Line("value range", WARNING, text, "check the contact sheet: is it washed out or overexposed?")
    else:
        yield Line("value range", OK, text)


def colours(tried: Tried) -> Iterator[Line]:
    """Whether G's colour channels are in the order RGB."""
    if tried.natural is None:
        yield Line("colour order", OK, "not checked: no natural images have codes", "check the contact sheet")
        return
    painted = tried.raw.clamp(0, 1)
    right = float((painted - tried.natural).square().mean())
    swapped = float((painted.flip(1) - tried.natural).square().mean())
    text = f"distance to the natural images {right**0.5:.3f}, with red and blue exchanged {swapped**0.5:.3f}"
    if swapped < _SWAPPED * right:
        yield Line("colour order", WRONG, text, "G gives BGR: it must give RGB")
    else:
        yield Line("colour order", OK, text)


def variety(tried: Tried) -> Iterator[Line]:
    """Whether different codes give different images."""
    deviation = float(tried.raw.clamp(0, 1).std(dim=0).mean())
    text = f"a pixel varies by {deviation:.3f} between images of {len(tried.codes)} codes"
    if deviation < _ALIKE:
        yield Line("variety", WRONG, text, "G gives the same image for every code: are its weights loaded?")
    else:
        yield Line("variety", OK, text)
