"""The evidence in a few plain sentences: what may be concluded from a gallery, and what may not."""

from collections.abc import Iterator, Mapping
from typing import Any

GOOD, CAREFUL, DO_NOT_TRUST = "good", "careful", "do not trust"
_GOOD_PRECISION, _GOOD_COVERAGE, _GOOD_VENDI = 0.8, 0.5, 0.9
_BAD_PRECISION = 0.5  # below it, most samples are nothing like natural images
_UNLEARNT = "No generator that learnt from images made these: they may be textures that only the network takes for something"
_FEW = 20  # samples, below which every share is a matter of luck


def trust(found: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The verdict in one word, and the reason: the worst that was found."""
    for word, reason in _doubts(found):
        return {"trust": {"word": word, "reason": reason}}
    reason = "All samples are in their bands, look natural, and show most of what natural images in the same bands show."
    return {"trust": {"word": GOOD, "reason": reason}}


def _doubts(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that speaks against the samples, the worst first."""
    samples, references, baseline = found["samples"], found["references"], found["baseline"]
    rate, precision, natural = (
        samples["in_band_rate"],
        references["precision"],
        baseline and baseline["vendi"],
    )
    if rate is not None and rate < 1:
        yield DO_NOT_TRUST, f"{1 - rate:.1%} of the samples are not in their bands."
    if precision is not None and precision < _BAD_PRECISION:
        yield DO_NOT_TRUST, f"{_only(precision)} of the samples look like natural images of the same bands."
    if not found["generator"]["learnt"]:
        yield CAREFUL, f"{_UNLEARNT}, even where they count as natural: that is measured in the network too."
    if rate is None:
        yield CAREFUL, "No band was asked, so nothing says which natural images these should look like."
    if samples["count"] < _FEW:
        yield CAREFUL, f"{_samples(samples['count'])} too few to judge what the neuron responds to."
    yield from _doubts_of_nature(samples, references, natural)


def _doubts_of_nature(
    samples: Mapping[str, Any], references: Mapping[str, Any], natural: float | None
) -> Iterator[tuple[str, str]]:
    """What may be missing beside natural images, or whether there are none."""
    precision = references["precision"]
    if not references["of"]:
        yield CAREFUL, "This model has no natural images: nothing says whether the samples look natural."
        return
    if precision is None:
        yield CAREFUL, "Too few natural images are in these bands to say whether the samples look natural."
        return
    if precision < _GOOD_PRECISION:
        yield (
            CAREFUL,
            f"{1 - precision:.0%} of the samples do not look like natural images of the same bands.",
        )
    if references["coverage"] < _GOOD_COVERAGE:
        yield (
            CAREFUL,
            f"{1 - references['coverage']:.0%} of the natural images in band have no sample near them.",
        )
    if natural and samples["vendi_of_as_many"] < _GOOD_VENDI * natural:
        yield CAREFUL, "The samples are less diverse than natural images in the same bands."


def _samples(count: int) -> str:
    return "One sample is" if count == 1 else f"{count} samples are"


def verdict(found: Mapping[str, Any]) -> list[str]:
    """Sentences about what ``evidence.measure`` found; the first is about the bands."""
    origin = [] if found["generator"]["learnt"] else [f"{_UNLEARNT}."]
    if found["samples"]["in_band_rate"] is None:
        return [_no_band(found["samples"]["count"]), *origin]
    sentences = [_bands(found["samples"]), *origin]
    references, baseline = found["references"], found["baseline"]
    if references["precision"] is None:
        sentences.append(_no_comparison(references["of"], references["in_band"]))
    else:
        sentences += [_precision(references["precision"]), _coverage(references["coverage"])]
    if baseline is not None and references["precision"] is not None:
        sentences.append(_diversity(found["samples"]["vendi_of_as_many"], baseline["vendi"]))
    return sentences


def _bands(samples: Mapping[str, Any]) -> str:
    rate, count = samples["in_band_rate"], samples["count"]
    if rate == 1:
        return f"Every one of the {count} samples, read again from its file, is in its band."
    return f"Only {rate:.1%} of the {count} samples, read again from their files, are in their band: do not trust this gallery."


def _no_band(count: int) -> str:
    return f"No band was asked of the {count} samples: they cannot be held against natural images in the same band."


def _no_comparison(of: int, in_band: int) -> str:
    if not of:
        return (
            "This model came without natural images: there was nothing to compare the samples with, so that nobody can say "
            "whether they look natural, or what they miss."
        )
    how_many = "No reference image is" if in_band == 0 else f"Only {in_band} reference images are"
    return (
        f"{how_many} in this band: whether the samples look natural, and what they miss, cannot be measured."
    )


def _precision(precision: float) -> str:
    share = "of the samples lie among natural images of the same band"
    if precision >= _GOOD_PRECISION:
        return f"{precision:.0%} {share}."
    return f"{_only(precision)} {share}: expect unnatural ones."


def _coverage(coverage: float) -> str:
    share = "of the natural images in this band have a sample near them"
    if coverage >= _GOOD_COVERAGE:
        return f"{coverage:.0%} {share}."
    return f"{_only(coverage)} {share}: kinds of images are missing."


def _only(share: float) -> str:
    return f"Only {share:.0%}" if share else "None"


def _diversity(vendi: float, natural: float) -> str:
    ratio = (
        f"The samples are {vendi / natural:.2f} times as diverse (Vendi score) as natural images in this band"
    )
    return f"{ratio}." if vendi >= _GOOD_VENDI * natural else f"{ratio}: less diverse than nature."
