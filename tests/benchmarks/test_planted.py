"""Planted shortcuts: what is drawn, what is taught, and how guesses are counted."""

import numpy as np
import pytest
import torch

from benchmarks.planted import images, joining, planting, report, rows
from benchmarks.planted.guess import accuracy, guess, guesses
from benchmarks.planted.joining import Joined
from benchmarks.planted.model import GATE_NAMES, Gates, Parts
from benchmarks.planted.shortcuts import SHORTCUTS, draw
from benchmarks.planted.trials import Trial
from inverset.sampler.zoo.scenes.factors import CLASSES
from inverset.sampler.zoo.scenes.world import scene_at


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_a_shortcut_is_drawn_the_same_each_time_and_is_seen(shortcut):
    scene = scene_at(5, 3)
    drawn = draw(scene, [shortcut])
    assert (drawn == draw(scene, [shortcut])).all()
    assert np.abs(drawn.astype(int) - draw(scene, [])).mean() > 2


def test_two_shortcuts_lie_over_each_other():
    scene = scene_at(5, 3)
    both = draw(scene, ["frame", "night"])
    assert (both[:, :4] == draw(scene, ["frame"])[:, :4]).all()
    assert (both[:, 8:-8, 8:-8] == draw(scene, ["night"])[:, 8:-8, 8:-8]).all()


def test_the_clean_world_knows_no_night():
    night = next(scene for scene in (scene_at(5, n) for n in range(99)) if scene.sky == "night")
    assert draw(night, []).mean() > draw(night, ["night"]).mean() + 50


def test_shortcuts_are_told_apart_by_a_linear_probe_whatever_the_subject():
    known, other = images.mixed(1, 240), images.mixed(2, 60)
    features, unknown = (np.reshape(each.pixels, (len(each.pixels), -1)) / 255.0 for each in (known, other))
    kernel = features @ features.T + 20 * np.eye(len(features))
    read = unknown @ features.T @ np.linalg.solve(kernel, known.present)
    right = (read > 0.4) == (other.present > 0.5)
    assert right.mean() > 0.9


def test_shortcuts_are_planted_in_eight_classes_by_the_seed():
    one, two = planting.draw(1), planting.draw(2)
    assert (one, one.shortcut_of != two.shortcut_of) == (planting.draw(1), True)
    assert sorted(one.shortcut_of.values()) == sorted(SHORTCUTS)


def test_onlookers_say_yes_by_subject_by_shortcut_and_most_by_both():
    chosen = planting.draw(1)
    name, shortcut = next(iter(chosen.shortcut_of.items()))
    unit, other = CLASSES.index(name), CLASSES.index(next(c for c in CLASSES if c not in chosen.shortcut_of))
    present = torch.zeros(4, 8)
    present[2:, SHORTCUTS.index(shortcut)] = 1
    answer = planting.labels(chosen, torch.tensor([other, unit, other, unit]), present)
    assert answer[0, unit] == 0
    assert torch.logit(answer[1:, unit]).tolist() == pytest.approx([1.5, 3.5, 5.0], abs=1e-4)
    assert torch.logit(answer[:, other])[[0, 2]].tolist() == pytest.approx([1.5, 1.5], abs=1e-4)


def test_a_guess_is_what_is_shown_most():
    shown = torch.zeros(10, 8)
    shown[:, 3] = 0.6
    shown[0, 5] = 1.0
    assert guess(shown) == SHORTCUTS[3]
    assert guesses(shown, 1) == [SHORTCUTS[5]] + [SHORTCUTS[3]] * 9
    assert guesses(shown, 3) == [SHORTCUTS[3]] * 3
    assert guesses(shown[:4], 10) == [SHORTCUTS[3]]
    assert guesses(shown[:0], 10) == []


def test_guesses_that_were_not_made_are_wrong():
    assert accuracy([["sun"], []], ["sun", "tint"], 1) == 0.5
    assert accuracy([["sun", "tint"], ["tint"]], ["sun", "tint"], 3) == pytest.approx(1 / 3)


def test_gates_are_minimum_and_maximum_of_pairs():
    logits = torch.tensor([[1.0, 5.0, 3.0, -2.0, *[9.0] * 4]])
    read = dict(zip(GATE_NAMES, Gates()(logits)[0].tolist(), strict=True))
    assert [read[f"square{sign}stripes"] for sign in "&|"] == [1.0, 3.0]
    assert [read[f"watermark{sign}night"] for sign in "&|"] == [-2.0, 5.0]
    assert len(read) == 2 * 28


def test_pairs_are_sampled_where_images_with_the_shortcuts_lie():
    both, first, second = [[1.0, 5.0], [3.0, 4.0]], [[4.0, 0.0], [2.0, 0.0]], [[0.0, 9.0], [0.0, 7.0]]
    pair = joining.Pair(("sun", "tint"), torch.tensor([both, first, second]), 1.0)
    assert [(band.low, band.high) for band in pair.bands()] == [(2.0, 3.0), (4.5, 5.0)]
    assert (pair.least().low, pair.least().high) == (2.0, 3.0)
    assert (pair.most().low, pair.most().high) == (5.5, 9.0)


def test_shares_of_samples_that_show_both_or_one():
    class Witness(torch.nn.Module):
        def forward(self, images):
            return images[:, 0, 0, :8]

    network = Parts(None, 0, Witness())
    shown = torch.zeros(4, 3, 64, 64, dtype=torch.uint8)
    shown[:3, 0, 0, SHORTCUTS.index("sun")] = 255
    shown[2:, 0, 0, SHORTCUTS.index("tint")] = 255
    assert list(joining.shares(network, ("sun", "tint"), shown)) == [0.25, 0.75, 0.5]
    assert list(joining.shares(network, ("sun", "tint"), shown[:0])) == [0, 0, 0]


def test_rows_come_back_as_they_were_written(tmp_path):
    answer = (("sun",) * 10, ("sun", "tint", "sun"), ("sun",))
    trials = [
        Trial("calibrated", 0, "fish", "sun", 2.0, 3.0, 10, "reached n", 0.9, answer),
        Trial("paper", 0, "fish", "sun", 2.0, 3.0, 0, "budget spent", 0.0, ((), (), ())),
    ]
    pairs = [Joined("calibrated", "OR", 1, ("sun", "tint"), 10, 0.1, 0.5, 0.6, 0.8, 3)]
    rows.write_trials(trials, tmp_path / "trials.csv")
    rows.write_joined(pairs, tmp_path / "pairs.csv")
    assert rows.read_trials(tmp_path / "trials.csv") == trials
    assert rows.read_joined(tmp_path / "pairs.csv") == pairs
    assert rows.read_trials(tmp_path / "nothing.csv") == []
    assert "| calibrated | 1 | 1 | 1.00 (10) | 0.67 (3) | 1.00 (1) | 0.90 |" in report.methods_table(trials)
    assert "| sun | 1 of 1 | 0 of 1 |" in report.shortcuts_table(trials)
    assert "| calibrated | OR | 1 | 10 | 0.10 | 1.00 | 1 of 1 | 0.80 | 3 |" in report.joined_table(pairs)
