"""Suggestions for an unknown name."""

import difflib
from collections.abc import Sequence

_MOST, _MOST_WITHOUT_MATCH = 4, 12
_CUTOFF = 0.3  # of difflib's ratio


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """``did you mean A, B?``: the known names closest to ``name``, or the first few of all; ``there is none``."""
    if not known:
        return "there is none"
    close = difflib.get_close_matches(name, known, n=_MOST, cutoff=_CUTOFF) or known[:_MOST_WITHOUT_MATCH]
    return f"did you mean {', '.join(close)}?"
