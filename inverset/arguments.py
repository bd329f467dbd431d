"""Command-line parsing that Typer cannot do alone: negative numbers, and options with three values."""

import re
from collections.abc import Container, Iterator, Sequence
from itertools import islice
from typing import Any

from typer.core import TyperCommand, TyperOption

from inverset.bands import MINUS

_NEGATIVE = re.compile(r"-(?=\.?\d|inf|nan)")
AND = "--and"
TAB = "\t"  # stands between the three values


class SampleCommand(TyperCommand):
    """A command with ``LOW HIGH`` that may be negative and ``--and NEURON LOW HIGH``, repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Rewrite the arguments so that Typer can parse them."""
        options = [param for param in self.params if isinstance(param, TyperOption) and not param.is_flag]
        valued = {name for option in options for name in option.opts}
        return super().parse_args(ctx, list(spelled(args, valued)))


def spelled(args: Sequence[str], valued: Container[str]) -> Iterator[str]:
    """The arguments with negative numbers protected, and the three values after each ``--and`` joined.

    What follows one of the options ``valued`` is its value, and stays as it is.
    """
    rest = iter(args)
    for arg in rest:
        yield _NEGATIVE.sub(MINUS, arg, count=1) if _NEGATIVE.match(arg) else arg
        if arg == AND:
            if three := list(islice(rest, 3)):
                yield TAB.join(three)
        elif arg in valued:
            yield from islice(rest, 1)


def triple(text: str) -> tuple[str, str, str]:
    """The three values of one ``--and``.

    Raises:
        ValueError: there were not three.
    """
    neuron, low, high = text.split(TAB)
    return neuron, low, high
