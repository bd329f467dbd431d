"""Questions to a model: bands, what is kept of more than was drawn, and what is not asked twice."""

from dataclasses import replace

import pytest

from inverset.sampler import zoo
from inverset.sampler.problem import Neuron
from inverset.studies.claims import meet
from inverset.studies.runner import StudyOptions, StudyRunner, band
from inverset.studies.study import Condition, Study

WISH = StudyOptions(4, "reference", ("fc8:volcano",), seed=0, seconds=None)


@pytest.fixture(scope="module")
def scenes():
    return zoo.load("scenes")


def study(*conditions):
    return Study("", "", "", ("fc8:volcano",), conditions, (), meet, 1)


def ask(scenes, study, options=WISH):
    """The answers, and how many jobs were begun for them."""
    begun = []

    def tell(text, total):
        begun.append(total)
        return lambda done, note: None

    return list(StudyRunner(scenes, tell).rows(study, options)), begun


def test_ends_of_bands_are_quantiles_or_beyond_the_largest(scenes):
    values = scenes.reference.read([Neuron.parse("fc8:volcano", scenes)])[:, 0]
    low, high = band(scenes, "fc8:volcano", (0.5, 1.15))
    assert low == pytest.approx(float(values.median()), abs=1e-2)
    assert high == pytest.approx(1.15 * float(values.max()))


def test_of_more_than_asked_a_part_is_kept_with_its_share_of_the_cost(scenes):
    (row,), begun = ask(scenes, study(Condition(((0, (0.9, 0.99)),), drawn=8)))
    assert begun == [8]
    assert row.figures["samples"] == len(row.result.images) == len(row.result.activations) == 4
    assert row.result.evidence["samples"]["count"] == 4
    spent = row.result.tally["gradient_evaluations"]
    assert row.result.evidence["cost"]["gradient_evaluations"] == pytest.approx(spent / 2)


def test_what_was_asked_before_is_not_asked_again(scenes):
    condition = Condition(((0, (0.9, 0.99)),))
    rows, begun = ask(scenes, study(condition, condition))
    assert len(rows) == 2
    assert len(begun) == 1


def test_all_at_once_moves_n_codes(scenes):
    (row,), _ = ask(scenes, study(Condition(((0, (0.9, 0.99)),), at_once=True)))
    assert row.question.k == WISH.n


def test_methods_with_seeds_have_the_papers_k_or_another(scenes):
    condition = Condition(((0, (0.9, 0.99)),), seeds=3)
    assert ask(scenes, study(condition))[0][0].question.k == 3
    assert ask(scenes, study(condition), replace(WISH, k=2))[0][0].question.k == 2


def test_natural_images_of_the_band_stand_beside(scenes):
    (row,), _ = ask(scenes, study(Condition(((0, (0.97, 0.99)),))))
    assert row.natural["factor lava"] > 0.3
    assert row.figures["in band"] == 1
