"""The word, and the reason for it."""

import pytest

from inverset.contract.evidence import Evidence, Trust
from inverset.contract.verdict import NEEDED, OLD, judge_anew, trust, verdict

NATURE = {"count": 100, "precision": 0.95, "coverage": 0.95, "recall": 0.9, "vendi": 9.0, "duplicates": 0.0}
NATURE |= {"density": 1.0, "mpd": 5.0}
NATURE |= {"unlikeness": 0.0, "sharpness": 0.04, "ks_uniform": 0.1, "ks_natural": 0.1}
CEILING = NATURE | {"precision": 0.9, "coverage": 0.8, "recall": 0.7, "vendi": 8.0}
CEILING |= {"sharpness": 0.03, "unlikeness": 0.03}
SAMPLES = CEILING | {"ks_uniform": 0.1, "ks_natural": 0.2}
SCALE = {"nearer": 0.05, "by_chance": 0.05, "telling": True}


def found(samples=None, natural=NATURE, ceiling=CEILING, **more):
    """Evidence of good samples, but for what is given: figures of the samples, of nature, or whole parts."""
    own = SAMPLES | (samples or {})
    many = {name: own[name] for name in ("count", "coverage", "recall", "vendi")}
    columns = {"samples": own, "as_many": many, "natural": natural, "ceiling": ceiling}
    columns |= dict.fromkeys(("jittered", "prior", "chance"))
    parts = {
        "judge": {"name": "the judge", "dimensions": 64, "void": False, "reason": None, "columns": columns},
        "samples": {"count": own["count"], "in_band_rate": own.get("in_band_rate", 1.0)},
        "references": {"of": 1000, "in_band": 200},
        "generator": {
            "learnt": True,
            "picture_error": {"error": 0.03, "of_one_picture": 0.2, "held_out": True},
        },
        "added": {"judge": SCALE, "e": None, "start_nearest": None},
        "agreement": None,
        "confounds": None,
    }
    return parts | more


NOT_HELD = {"precision": None, "coverage": None, "recall": None, "ks_natural": None}
BLURRED = {"learnt": True, "picture_error": {"error": 0.17, "of_one_picture": 0.2, "held_out": True}}
AGREES = {"by": "another", "neuron": "fc:cat", "label": "cat", "natural": 0.9}


@pytest.mark.parametrize(
    ("evidence", "word", "reason"),
    [
        (found(), "good", "All images are in their bands"),
        (found({"in_band_rate": 0.98}), "do not trust", "2.0% of the images are not in their bands"),
        (found({"precision": 0.3}), "do not trust", "Only 30% of the images look natural to the judge"),
        (found({"precision": 0.3, "count": 15}), "do not trust", "Only 30%"),  # the worst is told
        (found({"precision": 0.6}), "careful", "Only 60% of the images look natural to the judge"),
        (found({"precision": 0.8}), "good", ""),  # a matter of luck in so many
        (found({"coverage": 0.3}), "careful", "Only 30% of the natural images in the band have one of these"),
        (
            found({"recall": 0.0}),
            "careful",
            "None of the natural images in the band lie within the area",
        ),  # blobs
        (found({"unlikeness": 0.1}), "careful", "As a whole, the images differ from natural images"),
        (found({"vendi": 5.0}), "careful", "less diverse"),
        (found({"mpd": 4.0}), "careful", "0.80 times as far apart as natural images through the generator"),
        (found({"mpd": 4.5}), "good", ""),
        (
            found({"mpd": 4.4, "density": 1.7}),
            "careful",
            "natural images through the generator, 1.7 times as densely",
        ),
        (found({"mpd": 4.4, "density": 1.3}), "good", ""),
        (found({"density": 1.7}), "good", ""),  # a matter of few references in many dimensions
        (found({"duplicates": 1.0}), "careful", "100% of the images are duplicates"),
        (found({"ks_uniform": 0.9, "ks_natural": 0.8}), "careful", "one part of the band"),
        (found({"ks_uniform": 0.7, "ks_natural": 0.1}), "good", ""),  # as natural images lie
        (found({"sharpness": 0.01}), "careful", "blurred: 0.25 times"),
        (found({"sharpness": 0.3}), "careful", "rough"),
        (
            found(NATURE | {"ks_natural": 0.1}, ceiling=CEILING | {"precision": 0.3}),
            "good",
            "",
        ),  # real images owe it nothing
        (found({"count": 19}), "careful", "19 images are too few"),
        (found({"count": 1}), "careful", "One image is too few"),
        (found(NOT_HELD, references={"of": 1000, "in_band": 3}), "careful", "Too few natural images"),
        (
            found(NOT_HELD, references={"of": 500, "in_band": 3, "unmeasured": 17_710}),
            "careful",
            "17,710 more images of this model are not measured yet: run `inverset models calibrate`",
        ),
        (found(NOT_HELD | {"in_band_rate": None}), "careful", "You gave no band"),
        (found(NOT_HELD, references={"of": 0, "in_band": 0}), "careful", "This model has no natural images"),
        (
            found(generator={"learnt": False, "picture_error": None}),
            "careful",
            "textures that mean something",
        ),
        (found(generator=BLURRED), "careful", "The generator barely reproduces images"),
        (
            found({"recall": 0.0}, ceiling=CEILING | {"recall": 0.0}),
            "careful",
            "cannot reproduce natural images",
        ),
        (
            found({"precision": 0.3}, ceiling=CEILING | {"precision": 0.3}),
            "careful",
            "cannot reproduce natural images",
        ),
        (
            found(added={"judge": None, "e": SCALE | {"nearer": 0.9}}),
            "careful",
            "90% of the images are copies",
        ),
        (found(added={"judge": None, "e": SCALE | {"nearer": 0.9, "telling": False}}), "good", ""),
        (found(agreement=[AGREES | {"samples": 0.3}]), "careful", "another labels 30% of the images as cat"),
        (found(agreement=[AGREES | {"samples": 0.85}]), "good", ""),
        (found(confounds=[]), "good", ""),
        (found(confounds=[{"sentence": "Images with this activation are at night."}]), "careful", "at night"),
    ],
)
def test_a_word_and_its_reason(evidence, word, reason):
    answer = trust(Evidence.of(evidence))
    assert (answer.word, reason in answer.reason) == (word, True), answer
    assert answer.reason.endswith(".")
    if word != "good":
        assert answer.reason in verdict(Evidence.of(evidence))


def test_a_void_measure_is_never_good():
    evidence = found()
    evidence["judge"] |= {"void": True, "reason": "The measure is void: chance beats nature."}
    assert trust(Evidence.of(evidence)) == Trust("careful", "The measure is void: chance beats nature.")
    assert not any("look like natural images" in sentence for sentence in verdict(Evidence.of(evidence)))


def test_sentences_tell_the_figures_beside_nature():
    answer = verdict(Evidence.of(found()))
    assert answer[0] == "All 100 images are in their bands, measured again from the saved files."
    assert "natural images 95%, these through the generator 90%" in answer[1]
    assert "off by 0.030 on average; a single average image is off by 0.200" in " ".join(answer)


def test_what_was_judged_before_there_were_judges_is_not_good():
    former = {
        "samples": {"count": 60, "in_band_rate": 1.0},
        "trust": {"word": "good", "reason": "As it was."},
    }
    former |= {"verdict": ["Every one of them is in its band.", "90% look natural."], "metrics": []}
    answer = judge_anew(former)
    assert answer["trust"] == {"word": "careful", "reason": f"{OLD}."}
    assert answer["verdict"] == ["Every one of them is in its band.", f"{OLD}."]
    outside = judge_anew(former | {"samples": {"count": 60, "in_band_rate": 0.5}})
    assert outside["trust"]["word"] == "do not trust"
    assert judge_anew(None) is None
    assert judge_anew({"nearest_reference": None}) == {"nearest_reference": None}


def test_what_has_a_judges_figures_is_judged_by_todays_rules():
    stored = found({"duplicates": 1.0}) | {
        "trust": {"word": "good", "reason": "By other rules."},
        "verdict": [],
    }
    answer = judge_anew(stored)
    assert "duplicates" in answer["trust"]["reason"]
    assert answer["verdict"] == verdict(Evidence.of(stored))
    part = {name: stored[name] for name in NEEDED if stored[name] is not None}
    assert judge_anew(part)["trust"] == answer["trust"]
