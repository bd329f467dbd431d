"""The paper's own conditions: its neurons, and bands as numbers of CaffeNet and PlacesCNN.

Units count from 0 here and from 1 in the paper: its #981, volcano, is fc8:980. A unit of conv5 is read at its centre, which the paper does
not say; PPGN reads it there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inverset.studies.study import Numbers, Study

MODEL, PLACES = "paper", "paper-places"  # as `inverset models add paper` calls them
_VOLCANO, _CARDOON, _TOILET_PAPER, _MONASTERY, _TOILET_SEAT = (
    f"fc8:{number - 1}" for number in (981, 947, 1000, 664, 862)
)
_FACE = "conv5:196"
_GAS_STATION, _PHONE_BOOTH = "fc8:87", "fc8:140"
_HIGHEST, _HIGH = Numbers(50, 60), Numbers(40, 50)
_FACES, _DOGS = Numbers(170, 200), Numbers(260, 300)


@dataclass(frozen=True)
class Original:
    """A study's conditions as in the paper: a band for each neuron of each row; further rows are ours."""

    neurons: tuple[str, ...]
    rows: Sequence[tuple[Numbers, ...]]
    model: str = MODEL


_SIX = [(_HIGHEST,), (_HIGH,), (Numbers(30, 40),), (Numbers(20, 30),), (Numbers(10, 20),), (Numbers(1, 11),)]
# Beside its pictures figure 2 has cardoon at 50 to 60; its caption, which is followed here, says 40 to 50.
_THREE = Original((_VOLCANO, _CARDOON, _TOILET_PAPER), [*3 * [(_HIGHEST,)], *6 * [(_HIGH,)]])
_TWO_WAYS, _THREE_WAYS = Original((_VOLCANO,), 2 * [(_HIGHEST,)]), Original((_VOLCANO,), 3 * [(_HIGHEST,)])

ORIGINALS: Mapping[str, Original] = {
    "figure-1": Original((_VOLCANO,), _SIX),
    "figure-2": _THREE,
    "figure-3": Original((_FACE,), [(_FACES,), (_DOGS,)]),
    "figure-4": Original((_MONASTERY, _TOILET_SEAT), [(_HIGH,), (_HIGH,), (_HIGH, _HIGH)]),
    "figure-5": Original((_FACE, _TOILET_PAPER, _TOILET_SEAT), [(_DOGS, Numbers(20, 50)), (_DOGS, _HIGH)]),
    "figure-6": Original((_GAS_STATION, _PHONE_BOOTH), [(_HIGH,), (_HIGH,)], PLACES),
    "figure-7": _TWO_WAYS,
    "figure-8": _TWO_WAYS,
    "figure-9": _THREE_WAYS,
    "table-1": _THREE,
    "table-2": _THREE_WAYS,
}


def original(name: str, study: Study) -> Study:
    """The study with the paper's neurons and bands instead of ours."""
    theirs = ORIGINALS[name]
    conditions = tuple(
        replace(
            condition,
            bands=tuple((place, band) for (place, _), band in zip(condition.bands, bands, strict=True)),
        )
        for condition, bands in zip(study.conditions, theirs.rows, strict=False)
    )
    return replace(study, neurons=theirs.neurons, conditions=conditions, differs=_DIFFERS)


_DIFFERS = "The rows are the paper's own: the same units, and the same bands in the network's own numbers."
