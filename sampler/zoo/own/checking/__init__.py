"""Tests everything that sampling needs of a model, with advice on what does not work."""

from collections.abc import Callable, Iterator, Mapping

from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.own.checking import drawing, measuring, painting, preprocessing, reading
from inverset.sampler.zoo.own.checking.sheet import contact_sheet
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, WRONG, Line, Tried, error_line

__all__ = ["OK", "WARNING", "WRONG", "Line", "check", "contact_sheet"]

OnProgress = Callable[[int, int, str], object]
# In an order in which one thing explains the next.
_PARTS: Mapping[str, Callable[[Tried], Iterator[Line]]] = {
    "shapes": painting.shapes,
    "value range": painting.value_range,
    "colour order": painting.colours,
    "variety": painting.variety,
    "numbers": reading.finite,
    "same image": reading.constancy,
    "gradient": reading.gradients,
    "cycle E(G(c))": reading.cycle,
    "8 bits": reading.quantisation,
    "preprocessing": preprocessing.preprocessing,
    "statistics": measuring.statistics,
    "natural images": measuring.references,
    "prior": drawing.prior,
    "speed": measuring.speed,
}


def check(bundle: Bundle, on_progress: OnProgress = lambda *_: None) -> list[Line]:
    """The results of all tests. A part that raises counts as wrong, and the other tests still run."""
    try:
        tried = Tried.of(bundle)
    except Exception as error:  # noqa: BLE001 - an untrusted network may raise anything
        return [
            Line(
                "generator",
                WRONG,
                error_line(error),
                "it does not accept codes of the shape that it declares",
            )
        ]
    lines: list[Line] = []
    for number, (name, part) in enumerate(_PARTS.items()):
        try:
            lines += part(tried)
        except Exception as error:  # noqa: BLE001 - likewise
            lines.append(Line(name, WRONG, error_line(error), "this check must not raise an error"))
        on_progress(number + 1, len(_PARTS), "checks")
    return lines
