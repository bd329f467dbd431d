"""The evidence in a word and in a few plain sentences: what may be concluded from a gallery, and what may not.

Sentences are made of the stored numbers whenever evidence is read, so old galleries get today's rules and words.
"""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any

from inverset.contract.metrics import rows

GOOD, CAREFUL, DO_NOT_TRUST = "good", "careful", "do not trust"
OLD = "It was judged by an earlier version, in the space it was optimised in: that says little of how natural the samples look"
NEEDED = (  # keys of the evidence that the word is made of
    "trust",
    "samples",
    "references",
    "generator",
    "judge",
    "added",
    "agreement",
    "confounds",
)
FEW = 20  # samples, below which every share is a matter of luck
_ONE_SIDED = 1.64  # standard errors that luck may be off by, at 5 %
_BAD = 0.5  # of the ceiling's precision: with less, most samples are nothing like natural images
_PRECISION, _COVERAGE, _RECALL, _VENDI = 0.85, 0.75, 0.6, 0.8  # of what natural images through G reach
_PAINTED_PRECISION, _PAINTED_COVERAGE, _PAINTED_RECALL = (
    0.5,
    0.3,
    0.15,
)  # of these, of what natural images reach
_UNLIKE, _APART, _APART_BY_LUCK = (
    1.5,
    0.01,
    0.5,
)  # times the ceiling's unlikeness, and more; over the number of samples
_PAINTED_ERROR = 0.7  # of that of one picture for all
_BLURRED, _ROUGH = 0.5, 2.0  # of the sharpness of photographs
_COPIES, _DUPLICATES = 0.1, 0.1  # shares of a gallery, beyond what natural images have by chance
_END = 0.25  # of the KS distance, beyond luck
_DISAGREE = 0.25  # of the share that another network puts into the class
_UNLEARNT = "No generator that learnt from images made these: they may be textures that only the network takes for something"
Found = Mapping[str, Any]
Doubt = tuple[str, str]


def trust(found: Found) -> dict[str, dict[str, str]]:
    """The verdict in one word, and the reason: the worst that was found."""
    doubts = list(_doubts(found))
    for wanted in (DO_NOT_TRUST, CAREFUL):
        for word, reason in doubts:
            if word == wanted:
                return {"trust": {"word": word, "reason": reason}}
    reason = (
        "All samples are in their bands, look as natural as the generator can paint and show most of what natural images there "
        "show; they are neither copies nor duplicates."
    )
    return {"trust": {"word": GOOD, "reason": reason}}


def verdict(found: Found) -> list[str]:
    """Sentences about what ``evidence.measure`` found; the first is about the bands, then what speaks against the samples."""
    samples, judge = found["samples"], found["judge"]
    sentences = [_bands(samples)]
    sentences += [reason for _, reason in _doubts(found) if reason not in sentences]
    columns = judge["columns"]
    if columns["samples"]["precision"] is not None and not judge["void"]:
        sentences += [_natural(judge), _shown(columns)]
    if error := found["generator"].get("picture_error"):
        sentences.append(_painting(error))
    if (near := _telling(found.get("added"))) is not None:
        sentences.append(
            f"{near['nearer']:.0%} of the samples lie nearer to a reference image than halfway from a copy to another image; "
            f"of other natural images {near['by_chance']:.0%} do."
        )
    for each in found.get("agreement") or ():
        sentences.append(
            f"{each['by']} calls {each['samples']:.0%} of the samples {each['label']}"
            + (f", of natural images in band {each['natural']:.0%}." if each["natural"] is not None else ".")
        )
    return list(dict.fromkeys(sentences))


def with_words(found: Found) -> dict[str, Any]:
    """Evidence with its word, its sentences and, where it is whole, the rows of its metrics, which come first."""
    words: dict[str, Any] = {**trust(found), "verdict": verdict(found)}
    if "cost" in found:
        words["metrics"] = rows(found)
    return {**words, **found, **words}


def judge_anew(found: Found | None) -> dict[str, Any] | None:
    """Evidence with the word and the sentences that it has by today's rules; what lacks a judge's figures is never good.

    Of evidence in part, whatever ``NEEDED`` has is enough for the word.
    """
    if found is None or "samples" not in found or found["samples"] is None:
        return None if found is None else dict(found)
    if found.get("judge"):
        return with_words(found)
    rate = found["samples"].get("in_band_rate")
    outside = rate is not None and rate < 1
    word, reason = (DO_NOT_TRUST, _outside(rate)) if outside else (CAREFUL, f"{OLD}.")
    return {
        **found,
        "trust": {"word": word, "reason": reason},
        "verdict": list(dict.fromkeys([*(found.get("verdict") or ())[:1], reason, f"{OLD}."])),
    }


def _doubts(found: Found) -> Iterator[Doubt]:
    """Everything that speaks against the samples, the gravest first."""
    samples, judge = found["samples"], found["judge"]
    columns, rate = judge["columns"], samples["in_band_rate"]
    if rate is not None and rate < 1:
        yield DO_NOT_TRUST, _outside(rate)
    if not found["generator"]["learnt"]:
        yield CAREFUL, f"{_UNLEARNT}."
    if rate is None:
        yield CAREFUL, "No band was asked, so nothing says which natural images these should look like."
    if samples["count"] < FEW:
        yield CAREFUL, f"{_samples(samples['count'])} too few to judge what the neuron responds to."
    if not found["references"]["of"]:
        yield CAREFUL, "This model has no natural images: nothing says whether the samples look natural."
    elif rate is not None and columns["samples"]["precision"] is None:
        yield CAREFUL, _too_few(found["references"]["in_band"])
    elif rate is not None:
        yield from _of_the_generator(found["generator"], columns)
        if judge["void"]:
            yield CAREFUL, judge["reason"]
        else:
            yield from _of_nature(judge)
    yield from _of_looks(columns)
    yield from _of_what_is_new(found, columns)
    for alarm in found.get("confounds") or ():
        yield CAREFUL, alarm["sentence"]


def _of_the_generator(generator: Found, columns: Found) -> Iterator[Doubt]:
    """Whether it can paint natural images at all: what it makes of them, beside themselves.

    Samples that come as near to nature as other natural images do owe the generator nothing.
    """
    error, natural, ceiling = generator.get("picture_error"), columns["natural"], columns["ceiling"]
    if error and error["error"] > _PAINTED_ERROR * error["of_one_picture"]:
        yield CAREFUL, f"The generator hardly paints images: {_painting(error)}"
    if not natural or not ceiling or ceiling["precision"] is None or _as_nature(columns):
        return
    limits = {"precision": _PAINTED_PRECISION, "coverage": _PAINTED_COVERAGE, "recall": _PAINTED_RECALL}
    for name, least in limits.items():
        if ceiling[name] < least * natural[name]:
            yield (
                CAREFUL,
                (
                    f"The generator cannot paint natural images: painted by it, those in band have {name} {ceiling[name]:.2f} beside "
                    f"others, themselves {natural[name]:.2f}."
                ),
            )
            return


def _as_nature(columns: Found) -> bool:
    """Whether the samples reach what natural images in band do, whatever the generator reaches."""
    samples, many, natural = columns["samples"], columns["as_many"], columns["natural"]
    reached = (
        (samples["precision"], natural["precision"], _PRECISION, samples["count"]),
        (many["coverage"], natural["coverage"], _COVERAGE, many["count"]),
        (many["recall"], natural["recall"], _RECALL, many["count"]),
    )
    return all(
        own >= least * wanted - _luck(wanted, count, natural["count"])
        for own, wanted, least, count in reached
    )


def _of_nature(judge: Found) -> Iterator[Doubt]:
    """What the judge finds missing beside natural images through the generator."""
    columns = judge["columns"]
    samples, ceiling = columns["samples"], columns["ceiling"] or columns["natural"]
    many = columns["as_many"]
    precision, luck = samples["precision"], _luck(ceiling["precision"], samples["count"], ceiling["count"])
    natural = f"of natural images {ceiling['precision']:.0%} do" + (
        ", painted by the same generator" if columns["ceiling"] else ""
    )
    if precision < _BAD * ceiling["precision"]:
        yield DO_NOT_TRUST, f"{_only(precision)} of the samples look natural to {judge['name']}; {natural}."
    elif precision < _PRECISION * ceiling["precision"] - luck:
        yield CAREFUL, f"{_only(precision)} of the samples look natural to {judge['name']}; {natural}."
    for name, least, words in (
        ("coverage", _COVERAGE, "have a sample near them"),
        ("recall", _RECALL, "lie within reach of the samples"),
    ):
        luck = _luck(ceiling[name], many["count"], ceiling["count"])
        if many[name] < least * ceiling[name] - luck:
            yield (
                CAREFUL,
                (
                    f"{_only(many[name])} of the natural images in band {words}: kinds of images are missing; of as many natural images "
                    f"through the generator {ceiling[name]:.0%} do."
                ),
            )
    unlike, painted = samples.get("unlikeness"), ceiling.get("unlikeness")
    if unlike is not None and painted is not None and unlike > _unlike_limit(painted, samples["count"]):
        yield (
            CAREFUL,
            (
                "As a whole the samples are unlike natural images in band: kinds of images are missing, or strange ones are among them "
                f"(unlikeness {unlike:.3f}; of natural images through the generator {painted:.3f})."
            ),
        )
    if many["vendi"] < _VENDI * ceiling["vendi"]:
        yield CAREFUL, "The samples are less diverse than natural images in the same bands."


def _of_looks(columns: Found) -> Iterator[Doubt]:
    """Blur, and noise."""
    samples, natural = columns["samples"], columns["natural"]
    if not natural or not natural["sharpness"]:
        return
    ratio = samples["sharpness"] / natural["sharpness"]
    if ratio < _BLURRED:
        yield CAREFUL, f"The samples are blurred: {ratio:.2f} times as sharp as natural images in band."
    elif ratio > _ROUGH:
        yield (
            CAREFUL,
            f"The samples are rough: neighbouring pixels differ {ratio:.1f} times as much as in photographs in band.",
        )


def _of_what_is_new(found: Found, columns: Found) -> Iterator[Doubt]:
    """Copies, duplicates, one end of the band, and what other networks say."""
    samples, near = columns["samples"], _telling(found.get("added"))
    count = samples["count"]
    if near is not None and near["nearer"] - _luck(near["nearer"], count) > _COPIES + near["by_chance"]:
        yield (
            CAREFUL,
            f"No synthesis: {near['nearer']:.0%} of the samples are reference images again, hardly altered.",
        )
    duplicates = samples["duplicates"]
    if duplicates is not None and duplicates > _DUPLICATES + (
        (columns["natural"] or {}).get("duplicates") or 0
    ):
        yield CAREFUL, f"{duplicates:.0%} of the samples are duplicates of others."
    apart = [each for each in (samples["ks_uniform"], samples["ks_natural"]) if each is not None]
    if apart and count > 1 and min(apart) > _END + 1.36 / sqrt(count):  # 1.36: the KS test's 5 %
        yield CAREFUL, f"The samples lie in one part of the band (KS distance {min(apart):.2f})."
    for each in found.get("agreement") or ():
        natural = each["natural"]
        if natural is not None and natural - each["samples"] > _DISAGREE + _luck(natural, count):
            yield (
                CAREFUL,
                f"{each['by']} takes {each['samples']:.0%} of the samples for {each['label']}, of natural images in band {natural:.0%}.",
            )


def _unlike_limit(painted: float, count: int) -> float:
    """How unlike nature samples may be where natural images through the generator are so much."""
    return _UNLIKE * max(0.0, painted) + _APART + _APART_BY_LUCK / count


def _telling(added: Found | None) -> Found | None:
    """The scale on which a copy can be told; the one with more samples near references, of two."""
    scales = [
        each for each in ((added or {}).get(name) for name in ("judge", "e")) if each and each["telling"]
    ]
    return max(scales, key=lambda each: each["nearer"], default=None)


def _luck(share: float, *counts: int) -> float:
    """By how much a share may be off in so many images, or the shares of two sets."""
    return _ONE_SIDED * sqrt(share * (1 - share) * sum(1 / max(1, count) for count in counts))


def _samples(count: int) -> str:
    return "One sample is" if count == 1 else f"{count} samples are"


def _only(share: float) -> str:
    return f"Only {share:.0%}" if share else "None"


def _outside(rate: float) -> str:
    return f"{1 - rate:.1%} of the samples are not in their bands."


def _too_few(in_band: int) -> str:
    how_many = (
        "No reference image is"
        if in_band == 0
        else "Too few natural images are"
        if in_band > 1
        else "One reference image is"
    )
    return (
        f"{how_many} in this band: whether the samples look natural, and what they miss, cannot be measured."
    )


def _bands(samples: Found) -> str:
    rate, count = samples["in_band_rate"], samples["count"]
    if rate is None:
        return f"No band was asked of the {count} samples: they cannot be held against natural images in the same band."
    if rate == 1:
        return f"Every one of the {count} samples, read again from its file, is in its band."
    return f"Only {rate:.1%} of the {count} samples, read again from their files, are in their band: do not trust this gallery."


def _natural(judge: Found) -> str:
    columns = judge["columns"]
    beside = {
        "natural images": "natural",
        "these through the generator": "ceiling",
        "in-band references with noise": "jittered",
        "draws of the prior": "prior",
        "chance": "chance",
    }
    told = [
        f"{words} {columns[name]['precision']:.0%}"
        for words, name in beside.items()
        if columns[name] and columns[name].get("precision") is not None
    ]
    share = columns["samples"]["precision"]
    return f"{share:.0%} of the samples lie among natural images of the same band, to {judge['name']}; {', '.join(told)}."


def _shown(columns: Found) -> str:
    many, ceiling = columns["as_many"], columns["ceiling"] or columns["natural"]
    through = " through the generator" if columns["ceiling"] else ""
    return (
        f"{many['coverage']:.0%} of the natural images in band have a sample near them, of {many['count']}; as many natural images"
        f"{through} reach {ceiling['coverage']:.0%}."
    )


def _painting(error: Found) -> str:
    whose = "images that it never saw" if error["held_out"] else "reference images"
    return f"Its pictures of {whose} are off by {error['error']:.3f} in colour, one picture for all by {error['of_one_picture']:.3f}."
