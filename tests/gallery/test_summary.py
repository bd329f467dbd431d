"""The figures of the trust line, and the rows of natural images."""

from inverset.contract.evidence import Evidence
from inverset.gallery.summary import facts, natural_rows

COLUMN = {"count": 40, "precision": 0.84, "coverage": 0.7}
JUDGE = {
    "name": "the witness",
    "columns": {
        "samples": COLUMN,
        "as_many": {"count": 40, "coverage": 0.76},
        "natural": {**COLUMN, "precision": 1.0},
        "ceiling": {**COLUMN, "precision": 0.92, "coverage": 0.71},
    },
}
SCALE = {"nearer": 0.01, "by_chance": 0.05, "telling": True}
AGREEMENT = {"by": "places", "neuron": "fc8:volcano", "label": "volcano", "samples": 0.9, "natural": 0.95}
WHOLE = {
    "samples": {"count": 40, "in_band_rate": 1.0},
    "judge": JUDGE,
    "added": {"e": SCALE},
    "agreement": [AGREEMENT],
}


def shown(**changes):
    return [(each.value, each.words, each.beside) for each in facts(Evidence.of({**WHOLE, **changes}))]


def test_each_figure_stands_beside_that_of_natural_images():
    assert shown() == [
        ("40 of 40", "in the band", None),
        ("84%", "look natural", "natural images, redrawn: 92%"),
        ("76%", "of natural variety", "natural images, redrawn: 71%"),
        ("99%", "new images", "natural images: 95%"),
        ("90%", "volcano to places", "natural images: 95%"),
    ]


def test_images_that_were_not_redrawn_are_not_said_to_be():
    columns = {**JUDGE["columns"], "ceiling": None}
    assert shown(judge={**JUDGE, "columns": columns})[1] == ("84%", "look natural", "natural images: 100%")


def test_what_was_not_measured_or_is_void_is_left_out():
    assert [words for _, words, _ in shown(judge={**JUDGE, "void": True}, added=None, agreement=None)] == [
        "in the band"
    ]
    assert facts(None) == []
    assert natural_rows(None) == []
