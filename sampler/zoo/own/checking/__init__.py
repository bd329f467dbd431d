"""Tries all that sampling needs of a model, and says what to do about what does not work."""

from collections.abc import Callable, Iterator, Mapping

from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.own.checking import drawing, measuring, painting, preprocessing, reading
from inverset.sampler.zoo.own.checking.sheet import contact_sheet
from inverset.sampler.zoo.own.checking.tried import OK, WARNING, WRONG, Line, Tried, said

__all__ = ["OK", "WARNING", "WRONG", "Line", "check", "contact_sheet"]

Tell = Callable[[int, int, str], object]
_PARTS: Mapping[
    str, Callable[[Tried], Iterator[Line]]
] = {  # in an order in which one thing explains the next
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


def check(bundle: Bundle, tell: Tell = lambda *_: None) -> list[Line]:
    """Everything. A part that raises is wrong, and stops no other."""
    try:
        tried = Tried.of(bundle)
    except Exception as error:  # noqa: BLE001 - a stranger's network may raise anything
        return [Line("generator", WRONG, said(error), "it does not take codes of the shape that it declares")]
    lines: list[Line] = []
    for number, (name, part) in enumerate(_PARTS.items()):
        try:
            lines += part(tried)
        except Exception as error:  # noqa: BLE001 - likewise
            lines.append(Line(name, WRONG, said(error), "this must not raise anything"))
        tell(number + 1, len(_PARTS), "checks")
    return lines
