"""Galleries of known kind: what they are made of, their labels, and how verdicts are counted."""

from dataclasses import replace

import pytest
import torch

from benchmarks.trust import galleries, images, judging, labels, questions, report
from benchmarks.trust.galleries import Contents, Setting
from benchmarks.trust.judging import Judged
from benchmarks.trust.labels import GOOD, NOT_GOOD
from benchmarks.trust.questions import HeldOut
from inverset.sampler.evaluation.evidence import reread
from inverset.sampler.problem import Band, Neuron, Problem
from tests.sampler.toys import bundle, linear


def test_every_label_is_of_a_gallery_and_more_than_sixty_have_one():
    output, made = labels.read(), {each.name for each in galleries.every(photographs=True)}
    assert set(output) <= made
    assert len(output) >= 60
    assert {GOOD, NOT_GOOD} == set(output.values())


def test_a_label_is_good_or_not(tmp_path):
    (tmp_path / "labels.csv").write_text("gallery,a person\none,fine\n")
    with pytest.raises(ValueError, match="fine"):
        labels.read(tmp_path / "labels.csv")


def test_textures_keep_the_spectrum_and_lose_the_picture():
    flat = torch.full((2, 3, 32, 32), 110, dtype=torch.uint8)
    shown = flat.clone()
    shown[:, :, 8:20, 4:12] = 140
    result = images.textures(shown, 0)
    before, after = (torch.fft.rfft2(each.float()).abs() for each in (shown, result))
    assert torch.nn.functional.cosine_similarity(before.flatten(), after.flatten(), dim=0) > 0.97
    assert (result.float() - shown.float()).abs().mean() > 4
    assert result.float().mean() == pytest.approx(shown.float().mean(), abs=1)


def _problem(low=1.0, high=1.5):
    return Problem(bundle(linear([[1.0] * 48])), (Neuron("neurons", 0),), (Band(low, high),))


def _shown(count=80):
    random = torch.Generator().manual_seed(1)
    return torch.randint(100, 156, (count, 3, 4, 4), generator=random, dtype=torch.uint8)


def test_nudged_images_are_in_band_and_hardly_changed():
    problem, shown = _problem(), _shown()
    result = images.nudged(problem, shown, 0)
    output = reread(problem.bundle, problem.neurons, result)[:, 0]
    assert len(result) == len(shown)
    assert ((output >= 1.0) & (output <= 1.5)).all()
    assert (result.float() - shown.float()).abs().mean() < 20
    assert output.std() > 0.1  # spread over the band


def _setting(count=20):
    held = HeldOut(lambda: (_shown(400), torch.arange(400) % 2))
    return Setting(_problem(-6.0, 2.0), held, bundle(linear([[1.0] * 48])), count)


def _made(kind, setting):
    question = questions.Question("fc:0", 0.9, 0.97)
    contents: Contents = galleries.kinds("photographs", question)[kind](setting)
    return contents["images"]


def test_galleries_are_what_their_kind_says():
    setting = _setting()
    inside, output = setting.held_out.inside(setting.problem)
    natural = {bytes(each.numpy()) for each in setting.held_out.images(inside)}
    for kind in ("nature", "one end", "duplicates"):
        assert {bytes(each.numpy()) for each in _made(kind, setting)} <= natural
    assert len(torch.unique(_made("nature", setting), dim=0)) == 20
    assert len(torch.unique(_made("duplicates", setting), dim=0)) == 10
    lowest = reread(setting.bundle, setting.problem.neurons, _made("one end", setting))[:, 0]
    assert lowest.max() <= output.sort().values[20]


def test_images_out_of_band_are_of_another_class_and_lie_below_it():
    setting = _setting()
    setting = replace(setting, problem=_problem(0.0, 6.0))
    result = _made("out of band", setting)
    output = reread(setting.bundle, setting.problem.neurons, result)[:, 0]
    assert len(result) == 20
    assert (output < 0).all()
    of_class = {bytes(each.numpy()) for each in setting.held_out.both[0][1::2]}  # the neuron is class 0
    assert {bytes(each.numpy()) for each in result} <= of_class


def _judged(person, word, kind="nature"):
    return Judged(f"scenes-{kind}", "scenes", kind, 60, person, word, "because | of it")


def test_a_bad_gallery_called_good_counts_and_so_does_a_good_one_that_is_not():
    results = [
        _judged(GOOD, "good"),
        _judged(GOOD, "careful"),
        _judged(NOT_GOOD, "careful"),
        _judged(NOT_GOOD, "good", "noise"),
    ]
    assert judging.figures(results) == {
        "galleries": 4,
        "agree": 2,
        "bad called good": 1,
        "good not called good": 1,
    }
    assert "scenes-noise" in report.misses(results)
    assert "| all | 4 | 2 (0.50) | 1 | 1 |" in report.summary(results)


def test_verdicts_are_read_as_they_were_written(tmp_path):
    results = [_judged(GOOD, "good"), _judged(NOT_GOOD, "do not trust")]
    judging.write(results, tmp_path / "trust.csv")
    assert judging.read(tmp_path / "trust.csv") == results
