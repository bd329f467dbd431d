"""The word, and the reason for it."""

import pytest

from sampler.verdict import trust, verdict


def found(rate=1.0, precision=0.9, coverage=0.9, vendi=5.0, count=100, in_band=200, *, of=1000, learnt=True):
    natural = None if precision is None else {"vendi": 5.0}
    return {
        "generator": {"learnt": learnt},
        "samples": {"count": count, "in_band_rate": rate, "vendi_of_as_many": vendi},
        "references": {"precision": precision, "coverage": coverage, "in_band": in_band, "of": of},
        "baseline": natural,
    }


@pytest.mark.parametrize(
    ("figures", "word", "reason"),
    [
        ({}, "good", "All samples are in their bands"),
        ({"rate": 0.98}, "do not trust", "2.0% of the samples are not in their bands"),
        ({"precision": 0.3}, "do not trust", "Only 30% of the samples look like natural images"),
        ({"precision": 0.3, "count": 5}, "do not trust", "Only 30%"),  # the worst is told
        ({"precision": 0.7}, "careful", "30% of the samples do not look"),
        ({"coverage": 0.2}, "careful", "80% of the natural images in band"),
        ({"vendi": 4.0}, "careful", "less diverse"),
        ({"count": 19}, "careful", "19 samples are too few"),
        ({"count": 1}, "careful", "One sample is too few"),
        ({"precision": None, "coverage": None, "in_band": 3}, "careful", "Too few natural images"),
        ({"rate": None, "precision": None, "coverage": None}, "careful", "No band was asked"),
        (
            {"precision": None, "coverage": None, "in_band": 0, "of": 0},
            "careful",
            "This model has no natural images",
        ),
        (
            {"learnt": False},
            "careful",
            "textures that only the network",
        ),  # however natural in the network's eyes
        ({"learnt": False, "precision": 0.3}, "do not trust", "Only 30%"),
    ],
)
def test_a_word_and_its_reason(figures, word, reason):
    told = trust(found(**figures))["trust"]
    assert told["word"] == word
    assert reason in told["reason"]
    assert told["reason"].endswith(".")


def test_sentences():
    told = verdict(found())
    assert [sentence.split()[0] for sentence in told] == ["Every", "90%", "90%", "The"]
    low = verdict(found(precision=0.0, coverage=0.004))
    assert low[1].startswith("None of the samples lie among")
    assert low[2].startswith("Only 0% of the natural images")
    assert verdict(found(rate=None)) == [
        "No band was asked of the 100 samples: they cannot be held against natural images in the same band."
    ]


def test_without_natural_images_that_is_said():
    told = verdict(found(precision=None, coverage=None, in_band=0, of=0))
    assert "there was nothing to compare the samples with" in told[1]
    assert "No reference image is in this band" in verdict(found(precision=None, coverage=None, in_band=0))[1]


def test_samples_of_what_learnt_no_images_are_told_apart():
    assert verdict(found(learnt=False))[1].startswith("No generator that learnt from images made these")
    assert len(verdict(found(learnt=False, rate=None))) == 2
