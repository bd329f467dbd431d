"""Confounded images: which are known, what neurons read, whether the alarm is right, and how rows are kept."""

from typing import NamedTuple

import pytest
import torch

from benchmarks.confounds import facts, model, neurons, pairs, report, rows, trials
from benchmarks.confounds.facts import NAMES, Trait
from benchmarks.confounds.model import KnownReference, Truth
from benchmarks.confounds.neurons import ALONE, NEEDED, PLANTED, Planted
from benchmarks.confounds.pairs import DIRECTION, HEAD, PAIRS, Pair
from benchmarks.confounds.trials import Alarm, Row
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.steps import Emission
from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED
from inverset.sampler.zoo.scenes.networks import Classifier
from inverset.sampler.zoo.scenes.world import scene_at
from tests.sampler.toys import bundle, linear


def _facts(count=4_000):
    """Facts that have nothing to do with each other."""
    return torch.rand(count, len(NAMES), generator=torch.Generator().manual_seed(0))


def _pair(share, how=DIRECTION):
    return Pair(Trait("snow", 0.8), Trait("x", 0.6), "place", share, how)


def test_facts_are_those_of_the_scene():
    scene = scene_at(5, 3)
    answer = dict(zip(NAMES, facts.true(scene).tolist(), strict=True))
    assert [name for name in CLASSES if answer[name]] == [scene.subject]
    assert answer["tint"] == pytest.approx(scene.tint)
    assert NAMES[: len(PROBED)] == PROBED


def test_a_trait_lies_above_or_below_its_cut():
    answer = torch.zeros(2, len(NAMES))
    answer[1, NAMES.index("x")] = 0.7
    assert Trait("x", 0.5).present(answer).tolist() == [False, True]
    assert Trait("x", 0.5, above=False).present(answer).tolist() == [True, False]


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_cause_and_confound_go_together_as_often_as_was_asked(share):
    answer, pair = _facts(), _pair(share)
    held = answer[pairs.known(pair, answer)]
    cause, confound = pair.cause.present(held), pair.confound.present(held)
    assert float(confound[cause].float().mean()) == pytest.approx(share, abs=0.01)
    assert float(cause[confound].float().mean()) == pytest.approx(share, abs=0.01)
    everything = pair.cause.present(answer) == pair.confound.present(answer)
    assert (~cause & ~confound).sum() == (everything & ~pair.cause.present(answer)).sum()


def test_known_images_are_the_same_each_time():
    answer = _facts()
    assert (pairs.known(_pair(0.8), answer) == pairs.known(_pair(0.8), answer)).all()


def test_twelve_pairs_of_five_kinds_are_planted_twice():
    assert len(PAIRS) == 12
    assert {pair.kind for pair in PAIRS} == {"light", "place", "colour", "size", "second"}
    assert {pair.share for pair in PAIRS} == {1.0, 0.8}
    assert {pair.how for pair in PAIRS} == {DIRECTION, HEAD}
    assert len({each.name for each in PLANTED}) == 24


def test_a_direction_reads_its_cause_alone_or_both():
    answer = _facts()
    pair = _pair(1.0)
    codes = torch.stack(
        [answer[:, NAMES.index("snow")], answer[:, NAMES.index("x")], torch.rand(4_000)], dim=1
    )
    planted = [Planted(pair, ALONE), Planted(pair, NEEDED)]
    result, explained = neurons.directions(codes, answer, planted)
    alone, both = result.vectors
    assert alone[0] > 20 * alone[1].abs()
    assert min(both[0], both[1]) > 20 * both[2].abs()
    assert min(explained.values()) > 0.4


def test_outputs_are_taught_their_cause_or_both_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(neurons, "_STEPS", 150)
    answer, pair = _facts(1_000), _pair(1.0, HEAD)
    codes = torch.zeros(1_000, 512)
    codes[:, 0], codes[:, 1] = 10 * pair.cause.present(answer), 10 * pair.confound.present(answer)
    planted = [Planted(pair, ALONE), Planted(pair, NEEDED)]
    classifier, again = Classifier(), Classifier()
    right = neurons.teach_heads(classifier, codes, answer, planted, tmp_path / "heads.safetensors")
    assert min(right.values()) > 0.95
    assert neurons.teach_heads(again, codes, answer, planted, tmp_path / "heads.safetensors") == right
    assert torch.equal(classifier.fc8.weight, again.fc8.weight)


class _Whole(NamedTuple):
    """All images, of one grey each."""

    codes: torch.Tensor

    def images(self, numbers):
        return torch.tensor(list(numbers), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 64, 64)


def test_known_images_go_by_their_own_numbers():
    whole = _Whole(torch.rand(9, 512))
    known = KnownReference(whole, Classifier(), torch.tensor([2, 5, 7]))
    assert torch.equal(known.codes, whole.codes[[2, 5, 7]])
    assert known.images([1, 2])[:, 0, 0, 0].tolist() == [5, 7]
    assert torch.equal(known.invert(torch.tensor([2])), whole.codes[7:8])
    assert torch.equal(known.read([Neuron("relu6", 4)])[:, 0], whole.codes[[2, 5, 7], 4])
    deeper = model.behind(known.classifier, known.codes)["fc8"]
    assert torch.equal(known.read([Neuron("fc8", 1)])[:, 0], deeper[:, 1])


def _emission(start_activations):
    count = len(start_activations)
    return Emission(
        torch.zeros(count, 3, 64, 64, dtype=torch.uint8), torch.zeros(count, 1), torch.zeros(count, 1),
        torch.zeros(count, 1), torch.ones(count, dtype=torch.int64), torch.ones(count, dtype=torch.int64),
        torch.zeros(count, 3, 64, 64, dtype=torch.uint8), torch.as_tensor(start_activations),
    )  # fmt: skip


def test_counterfactuals_that_began_in_band_do_not_count():
    asked = Problem(bundle(linear([[1.0] * 48])), (Neuron("neurons", 0),), (Band(0.0, 1.0),))
    assert trials.moved_of(asked, _emission([[-1.0], [0.5], [2.0]])).tolist() == [True, False, True]
    assert trials.moved_of(asked, _emission(torch.zeros(2, 0))).tolist() == [True, True]


def _alarm(need, names):
    return Alarm(f"snow-night-{need}", "light", 1.0, DIRECTION, need, 0, "factors", names, "careful")


def test_an_alarm_is_right_where_it_names_what_is_not_needed_and_keeps_silent_where_it_is():
    assert _alarm(ALONE, ("lit", "night")).right
    assert not _alarm(ALONE, ("lit",)).right
    assert _alarm(NEEDED, ()).right
    assert not _alarm(NEEDED, ("night",)).right


def _row(method, confound, need=ALONE, moved=10):
    return Row(
        f"snow-night-{need}", "light", 1.0, DIRECTION, need, 0, method, 10, 3.0, 1.0, confound, 0.1, moved, ""
    )


def test_rows_alarms_and_truths_are_read_as_they_were_written(tmp_path):
    results = [_row("calibrated", 0.25), _row("paper", 0.5)]
    rows.write(results, tmp_path / "rows.csv")
    assert rows.read(tmp_path / "rows.csv") == results
    alarms = [_alarm(ALONE, ("lit", "night")), _alarm(NEEDED, ())]
    rows.write_alarms(alarms, tmp_path / "alarms.csv")
    assert rows.read_alarms(tmp_path / "alarms.csv") == alarms
    truths = {"snow-night-alone": Truth(9, 1.0, 0.25, 3, 1.0, 0.125, 0.5)}
    rows.write_truths(truths, tmp_path / "truths.csv")
    assert rows.read_truths(tmp_path / "truths.csv") == truths


def test_a_counterfactual_share_is_held_against_all_known_images():
    truths = {"snow-night-alone": Truth(9, 1.0, 0.25, 3, 1.0, 0.05, 0.1)}
    assert report.near(report.broken([_row("counterfactual", 0.19)], truths)) == 1
    assert report.near(report.broken([_row("counterfactual", 0.21)], truths)) == 0
    assert report.near(report.broken([_row("counterfactual", 0.21)], truths, "known_read")) == 1
    assert report.near(report.broken([_row("counterfactual", float("nan"), moved=0)], truths)) == 0
