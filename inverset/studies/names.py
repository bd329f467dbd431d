"""The names of figures that tell what is in a row's images."""

from collections.abc import Mapping

# The share of images that another network puts into the neuron's class.
AS_ITS_CLASS = "labelled as its class"
_FACTOR, _LABEL = "factor", "label"


def factor(name: str) -> str:
    """The name of the figure that is the mean of a known factor."""
    return f"{_FACTOR} {name}"


def label(name: str) -> str:
    """The name of the figure that is the share of images with a label."""
    return f"{_LABEL} {name}"


def labels(figures: Mapping[str, float | None]) -> dict[str, float]:
    """The shares of labels among a row's figures, by label."""
    start = f"{_LABEL} "
    return {
        name.removeprefix(start): value or 0.0 for name, value in figures.items() if name.startswith(start)
    }
