"""The verdict on a gallery: the evidence in one word and in a few plain sentences.

Sentences are made of the stored numbers whenever evidence is read, so old galleries get today's rules and words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from math import sqrt
from typing import Any

from inverset.contract.decoding import Malformed, decode
from inverset.contract.evidence import CopyScale, Evidence, GeneratorFigures, Judge, PictureError, Trust
from inverset.contract.figures import (
    NOTHING,
    Columns,
    Fidelity,
    Figures,
    ReferenceFigures,
    SampleFigures,
)
from inverset.contract.metrics import rows

GOOD, CAREFUL, DO_NOT_TRUST = "good", "careful", "do not trust"
OLD = "An earlier version judged this gallery by the features that it was optimised for: that shows little about how natural it looks"
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
# Blends of many images have no form, and yet lie among natural images, nearer to the average one. Mean pairwise distance, of what
# natural images through G reach: too little, and too little for samples that lie so many times as densely as natural images do.
_SPREAD, _SPREAD_OF_DENSE, _DENSE = 0.85, 0.9, 1.5
PAINTED = {
    "precision": 0.5,
    "coverage": 0.3,
    "recall": 0.15,
}  # of these, the least of what natural images reach
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
_UNLEARNT = "No generator that was trained on images made these: they may be textures that mean something to this network only"
Doubt = tuple[str, str]


def trust(evidence: Evidence) -> Trust:
    """The verdict in one word, and its reason: the gravest doubt."""
    doubts = list(_doubts(evidence))
    for worst in (DO_NOT_TRUST, CAREFUL):
        for word, reason in doubts:
            if word == worst:
                return Trust(word, reason)
    return Trust(
        GOOD,
        "All images are in their bands, look as natural as the generator allows, and show most of the variety of natural images "
        "there; they are neither copies nor duplicates.",
    )


def verdict(evidence: Evidence) -> list[str]:
    """Sentences about the evidence: first about the bands, then what speaks against the samples."""
    samples, judge = _parts(evidence)
    sentences = [_bands(samples.in_band_rate, samples.count)]
    sentences += [reason for _, reason in _doubts(evidence) if reason not in sentences]
    if judge.columns.samples.precision is not None and not judge.void:
        sentences += [_natural(judge), _shown(judge.columns)]
    if evidence.generator and (error := evidence.generator.picture_error):
        sentences.append(_painting(error))
    if (near := _telling(evidence)) is not None:
        sentences.append(
            f"{near.nearer:.0%} of the images lie closer to a natural image than halfway between a copy and a different image; "
            f"for other natural images it is {near.by_chance:.0%}."
        )
    for each in evidence.agreement or ():
        sentences.append(
            f"{each.by} labels {each.samples:.0%} of the images as {each.label}"
            + (
                f", and {each.natural:.0%} of the natural images in the band."
                if each.natural is not None
                else "."
            )
        )
    return list(dict.fromkeys(sentences))


def judged(evidence: Evidence) -> Evidence:
    """The same evidence with its word, its sentences and the rows of its metrics."""
    return replace(
        evidence,
        trust=trust(evidence),
        verdict=tuple(verdict(evidence)),
        metrics=tuple(rows(evidence)),
    )


def with_words(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence in JSON with its word, its sentences and, if it is complete, the rows of its metrics first."""
    evidence = decode(Evidence, stored)
    words: dict[str, Any] = {"trust": asdict(trust(evidence)), "verdict": verdict(evidence)}
    if evidence.cost is not None:
        words["metrics"] = [asdict(row) for row in rows(evidence)]
    return {**words, **stored, **words}


def judge_anew(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Evidence in JSON with the word and the sentences of today's rules.

    What lacks a judge's figures is never good. Of evidence in part, whatever ``NEEDED`` has is enough for the word.
    """
    if stored is None or stored.get("samples") is None:
        return None if stored is None else dict(stored)
    if stored.get("judge"):
        return with_words(stored)
    evidence = decode(Evidence, stored)
    rate = None if evidence.samples is None else evidence.samples.in_band_rate
    outside = rate is not None and rate < 1
    word, reason = (DO_NOT_TRUST, _outside(rate or 0.0)) if outside else (CAREFUL, f"{OLD}.")
    return {
        **stored,
        "trust": {"word": word, "reason": reason},
        "verdict": list(dict.fromkeys([*(evidence.verdict or ())[:1], reason, f"{OLD}."])),
    }


def _parts(evidence: Evidence) -> tuple[SampleFigures, Judge]:
    """The parts that a verdict needs. Raises Malformed if one is missing."""
    if evidence.samples is None or evidence.judge is None:
        raise Malformed("it is missing", "judge" if evidence.samples else "samples")
    return evidence.samples, evidence.judge


def _doubts(evidence: Evidence) -> Iterator[Doubt]:
    """Everything that speaks against the samples, the gravest first."""
    samples, judge = _parts(evidence)
    rate, columns = samples.in_band_rate, judge.columns
    if rate is not None and rate < 1:
        yield DO_NOT_TRUST, _outside(rate)
    if evidence.generator is None or not evidence.generator.learnt:
        yield CAREFUL, f"{_UNLEARNT}."
    if rate is None:
        yield CAREFUL, "You gave no band, so there are no natural images to compare these with."
    if samples.count < FEW:
        yield CAREFUL, f"{_samples(samples.count)} too few to judge what the neuron responds to."
    yield from _of_references(evidence, judge, rate)
    yield from _of_looks(columns)
    yield from _of_what_is_new(evidence, columns)
    for alarm in evidence.confounds or ():
        yield CAREFUL, alarm.sentence


def _of_references(evidence: Evidence, judge: Judge, rate: float | None) -> Iterator[Doubt]:
    """Doubts from the natural images in band, or from their absence."""
    references = evidence.references
    if references is None or not references.of:
        yield CAREFUL, "This model has no natural images, so it is unknown whether these images look natural."
    elif rate is not None and judge.columns.samples.precision is None:
        yield CAREFUL, _too_few(references)
    elif rate is not None:
        yield from _of_the_generator(evidence.generator, judge.columns)
        if judge.void:
            yield CAREFUL, judge.reason or "These metrics are not valid here."
        else:
            yield from _of_nature(judge)


def _of_the_generator(generator: GeneratorFigures | None, columns: Columns) -> Iterator[Doubt]:
    """Doubts about how well the generator reconstructs natural images.

    Samples that come as near to nature as other natural images do owe the generator nothing.
    """
    error = generator and generator.picture_error
    if error and error.error > _PAINTED_ERROR * error.of_one_picture:
        yield CAREFUL, f"The generator barely reproduces images. {_painting(error)}"
    natural, ceiling = _fidelity(columns.natural), _fidelity(columns.ceiling)
    if natural is None or ceiling is None or _as_nature(columns):
        return
    for name, least in PAINTED.items():
        painted, own = getattr(ceiling, name), getattr(natural, name)
        if painted < least * own:
            yield (
                CAREFUL,
                (
                    f"The generator cannot reproduce natural images: through it, those in the band reach a {name} of {painted:.2f}, "
                    f"and of {own:.2f} without it."
                ),
            )
            return


def _fidelity(figures: Figures | None) -> Fidelity | None:
    return None if figures is None else figures.fidelity


def _as_nature(columns: Columns) -> bool:
    """Whether the samples are as good as natural images in band, whatever the generator can reach."""
    samples, many, nature = columns.samples, columns.many, columns.natural or NOTHING
    own, own_of_as_many, natural = samples.fidelity, many.fidelity, nature.fidelity
    if own is None or own_of_as_many is None or natural is None:
        return False
    reached = (
        (own.precision, natural.precision, _PRECISION, samples.count),
        (own_of_as_many.coverage, natural.coverage, _COVERAGE, many.count),
        (own_of_as_many.recall, natural.recall, _RECALL, many.count),
    )
    return all(
        share >= least * best - _luck(best, count, nature.count) for share, best, least, count in reached
    )


def _of_nature(judge: Judge) -> Iterator[Doubt]:
    """Doubts about the generator: what its reconstructions lose, by the judge."""
    columns = judge.columns
    samples, many, best = columns.samples, columns.many, columns.best or NOTHING
    own, own_of_as_many, ceiling = samples.fidelity, many.fidelity, best.fidelity
    if own is None or own_of_as_many is None or ceiling is None:
        return
    luck = _luck(ceiling.precision, samples.count, best.count)
    through = " through the same generator" if columns.ceiling else ""
    natural = f"of natural images{through}, {ceiling.precision:.0%} do"
    if own.precision < _BAD * ceiling.precision:
        yield DO_NOT_TRUST, f"{_only(own.precision)} of the images look natural to {judge.name}; {natural}."
    elif own.precision < _PRECISION * ceiling.precision - luck:
        yield CAREFUL, f"{_only(own.precision)} of the images look natural to {judge.name}; {natural}."
    for share, reached, least, words in (
        (own_of_as_many.coverage, ceiling.coverage, _COVERAGE, "have one of these images near them"),
        (own_of_as_many.recall, ceiling.recall, _RECALL, "lie within the area that these images cover"),
    ):
        if share < least * reached - _luck(reached, many.count, best.count):
            yield (
                CAREFUL,
                (
                    f"{_only(share)} of the natural images in the band {words}, so kinds of images are missing; with as many natural "
                    f"images{through}, {reached:.0%} do."
                ),
            )
    yield from _of_the_whole(columns, best)
    yield from _of_blends(columns, best)


def _of_the_whole(columns: Columns, best: Figures) -> Iterator[Doubt]:
    """Doubts about the samples as a set, against the best that can be reached."""
    samples, many = columns.samples, columns.many
    unlike, painted = samples.unlikeness, best.unlikeness
    if unlike is not None and painted is not None and unlike > _unlike_limit(painted, samples.count):
        yield (
            CAREFUL,
            (
                "As a whole, the images differ from natural images in the band: kinds of images are missing, or there are odd ones "
                f"(unlikeness {unlike:.3f}; natural images through the generator: {painted:.3f})."
            ),
        )
    if many.vendi is not None and best.vendi is not None and many.vendi < _VENDI * best.vendi:
        yield CAREFUL, "The images are less diverse than natural images in the same band."


def _of_blends(columns: Columns, best: Figures) -> Iterator[Doubt]:
    """Doubts about samples near the average image, where the neighbourhoods of many natural images overlap."""
    samples, natural = columns.samples, columns.natural or NOTHING
    if samples.mpd is None or not best.mpd:
        return
    spread = samples.mpd / best.mpd
    dense = (samples.density or 0.0) / natural.density if natural.density else 0.0
    if spread < _SPREAD or (spread < _SPREAD_OF_DENSE and dense > _DENSE):
        through = " through the generator" if columns.ceiling else ""
        thickly = f", {dense:.1f} times as densely as natural images" if dense > _DENSE else ""
        yield (
            CAREFUL,
            f"The images lie {spread:.2f} times as far apart as natural images{through}{thickly}: they may be shapeless blends.",
        )


def _of_looks(columns: Columns) -> Iterator[Doubt]:
    """Doubts about blur and noise."""
    sharpness, natural = columns.samples.sharpness, columns.natural and columns.natural.sharpness
    if sharpness is None or not natural:
        return
    ratio = sharpness / natural
    if ratio < _BLURRED:
        yield CAREFUL, f"The images are blurred: {ratio:.2f} times as sharp as natural images in the band."
    elif ratio > _ROUGH:
        yield (
            CAREFUL,
            f"The images are rough: neighbouring pixels differ {ratio:.1f} times as much as in natural images in the band.",
        )


def _of_what_is_new(evidence: Evidence, columns: Columns) -> Iterator[Doubt]:
    """Doubts about copies, duplicates, a one-sided band, and disagreement of other networks."""
    samples, near = columns.samples, _telling(evidence)
    count = samples.count
    if near is not None and near.nearer - _luck(near.nearer, count) > _COPIES + near.by_chance:
        yield (
            CAREFUL,
            f"{near.nearer:.0%} of the images are copies of natural images, barely changed.",
        )
    by_nature = (columns.natural or NOTHING).duplicates or 0
    if samples.duplicates is not None and samples.duplicates > _DUPLICATES + by_nature:
        yield CAREFUL, f"{samples.duplicates:.0%} of the images are duplicates of others."
    apart = [each for each in (samples.ks_uniform, samples.ks_natural) if each is not None]
    if apart and count > 1 and min(apart) > _END + 1.36 / sqrt(count):  # 1.36: the KS test's 5 %
        yield CAREFUL, f"The images lie in one part of the band (KS distance {min(apart):.2f})."
    for each in evidence.agreement or ():
        natural = each.natural
        if natural is not None and natural - each.samples > _DISAGREE + _luck(natural, count):
            yield (
                CAREFUL,
                f"{each.by} labels {each.samples:.0%} of the images as {each.label}, but {natural:.0%} of the natural images in the band.",
            )


def _unlike_limit(painted: float, count: int) -> float:
    """How unlike nature samples may be, given how unlike it natural images through the generator are."""
    return _UNLIKE * max(0.0, painted) + _APART + _APART_BY_LUCK / count


def _telling(evidence: Evidence) -> CopyScale | None:
    """The scale on which a copy can be recognised; None: there is none."""
    return None if evidence.added is None else evidence.added.telling


def _luck(share: float, *counts: int) -> float:
    """How far a share among so many images, or the difference of two, may be off by chance."""
    return _ONE_SIDED * sqrt(share * (1 - share) * sum(1 / max(1, count) for count in counts))


def _samples(count: int) -> str:
    return "One image is" if count == 1 else f"{count} images are"


def _only(share: float) -> str:
    return f"Only {share:.0%}" if share else "None"


def _outside(rate: float) -> str:
    return f"{1 - rate:.1%} of the images are not in their bands."


def _too_few(references: ReferenceFigures) -> str:
    how_many = (
        "No natural image is"
        if references.in_band == 0
        else "Too few natural images are"
        if references.in_band > 1
        else "Only one natural image is"
    )
    sentence = f"{how_many} in this band, so it is not possible to measure whether these images look natural and what they miss."
    if not references.unmeasured:
        return sentence
    return f"{sentence} {references.unmeasured:,} more images of this model are not measured yet: run `inverset models calibrate`."


def _bands(rate: float | None, count: int) -> str:
    if rate is None:
        return f"You gave no band for these {count} images, so they cannot be compared with natural images in the same band."
    if rate == 1:
        return f"All {count} images are in their bands, measured again from the saved files."
    return f"Only {rate:.1%} of the {count} images are in their bands, measured again from the saved files: do not trust this gallery."


def _natural(judge: Judge) -> str:
    columns = judge.columns
    beside = {
        "natural images": columns.natural,
        "these through the generator": columns.ceiling,
        "natural images in the band with noise": columns.jittered,
        "random images": columns.prior,
        "chance": columns.chance,
    }
    shares = ", ".join(
        f"{words} {figures.precision:.0%}"
        for words, figures in beside.items()
        if figures is not None and figures.precision is not None
    )
    own = columns.samples.precision or 0.0
    return f"{own:.0%} of the images look like natural images of the same band to {judge.name}; for comparison: {shares}."


def _shown(columns: Columns) -> str:
    many, best = columns.many, columns.best or NOTHING
    through = " through the generator" if columns.ceiling else ""
    return (
        f"{many.coverage or 0.0:.0%} of the natural images in the band have one of {many.count} images near them; with as many "
        f"natural images{through}, it is {best.coverage or 0.0:.0%}."
    )


def _painting(error: PictureError) -> str:
    images = "held-out images" if error.held_out else "natural images"
    return (
        f"The generator's colours for {images} are off by {error.error:.3f} on average; a single average "
        f"image is off by {error.of_one_picture:.3f}."
    )
