"""The evidence in a few plain sentences: what may be concluded from a gallery, and what may not."""

from collections.abc import Mapping
from typing import Any

_GOOD_PRECISION, _GOOD_COVERAGE, _GOOD_VENDI = 0.8, 0.5, 0.9


def verdict(found: Mapping[str, Any]) -> list[str]:
    """Sentences about what ``evidence.measure`` found; the first is about the bands."""
    sentences = [_bands(found["samples"])]
    references, baseline = found["references"], found["baseline"]
    if references["precision"] is None:
        sentences.append(_no_comparison(references["in_band"]))
    else:
        sentences += [_precision(references["precision"]), _coverage(references["coverage"])]
    if baseline is not None and references["precision"] is not None:
        sentences.append(_diversity(found["samples"]["vendi"], baseline["vendi"]))
    return sentences


def _bands(samples: Mapping[str, Any]) -> str:
    rate, count = samples["in_band_rate"], samples["count"]
    if rate == 1:
        return f"Every one of the {count} samples, read again from its file, is in its band."
    return f"Only {rate:.1%} of the {count} samples, read again from their files, are in their band: do not trust this gallery."


def _no_comparison(in_band: int) -> str:
    how_many = "No reference image is" if in_band == 0 else f"Only {in_band} reference images are"
    return (
        f"{how_many} in this band: whether the samples look natural, and what they miss, cannot be measured."
    )


def _precision(precision: float) -> str:
    share = f"{precision:.0%} of the samples lie among natural images of the same band"
    return f"{share}." if precision >= _GOOD_PRECISION else f"Only {share}: expect unnatural ones."


def _coverage(coverage: float) -> str:
    share = f"{coverage:.0%} of the natural images in this band have a sample near them"
    return f"{share}." if coverage >= _GOOD_COVERAGE else f"Only {share}: kinds of images are missing."


def _diversity(vendi: float, natural: float) -> str:
    ratio = (
        f"The samples are {vendi / natural:.2f} times as diverse (Vendi score) as natural images in this band"
    )
    return f"{ratio}." if vendi >= _GOOD_VENDI * natural else f"{ratio}: less diverse than nature."
