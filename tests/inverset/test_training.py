"""``inverset models train-generator``: from a network and photographs to a gallery; stopped, and gone on with."""

import json
import re
import signal
import time
from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import load_file

from inverset.commands.models.training import _report
from inverset.sampler import zoo
from inverset.sampler.zoo.inversion.about import Figures
from tests.inverset.command import finish, run, start
from tests.sampler.zoo.own.lab import furnish

STEPS = 150


@pytest.fixture
def lab(tmp_path):
    return furnish(tmp_path / "data", 40)


def train(lab, *args, begin=run):
    return begin(
        "models", "train-generator", "toy", "--layer", "relu3",
        "--steps", STEPS, "--batch", 8, "--device", "cpu", *args,
        INVERSET_DATA_DIR=str(lab), OMP_NUM_THREADS="1",
    )  # fmt: skip


def weights(lab):
    return load_file(lab / "generators" / "toy" / "generator.safetensors")


def test_stopped_and_gone_on_with_it_comes_to_the_same_weights(lab, tmp_path):
    whole = furnish(tmp_path / "whole", 40)
    result = train(whole)
    assert result.code == 0
    assert re.search(rf"steps {STEPS}/{STEPS} picture [\d.]+ .*cycle [\d.]+$", result.err, re.MULTILINE)
    command = train(lab, begin=start)
    while not (lab / "generators" / ".toy.unfinished" / "asked.json").exists():
        assert command.poll() is None, command.communicate()
        time.sleep(0.02)
    time.sleep(0.3)
    command.send_signal(signal.SIGINT)
    result = finish(command)
    assert result.code == 130, result
    after = int(
        re.search(r"stopped after (\d+) of 150 steps; run the same command to continue", result.err)[1]
    )
    assert 0 < after < STEPS
    so_far = Path(re.search(r"its code: (\S+)", result.err)[1])
    with Image.open(so_far) as sheet:
        assert sheet.height > 2 * 128
    assert not (lab / "generators" / "toy").exists()
    assert "inverter:" not in (lab / "models.toml").read_text()
    other = train(lab, "--rate", "0.01")
    assert (other.code, "other settings (rate 0.0012, not 0.01)" in " ".join(other.err.split())) == (1, True)
    result = train(lab)
    assert result.code == 0, result
    assert "(going on)" in result.err
    ours, theirs = weights(lab), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_from_photographs_to_a_gallery_that_verifies(lab, tmp_path):
    entry = (lab / "models.toml").read_text()
    (lab / "models.toml").write_text(entry.replace('images = "photos"', ""))
    result = train(lab, "--images", lab / "photos")
    assert result.code == 0, result
    assert "on 4 images held out of training" in result.err
    assert result.out.strip() == str(lab / "generators" / "toy" / "sheet.png")
    assert (lab / "generators" / "toy" / "sheet.png").stat().st_size > 1000
    written = (lab / "models.toml").read_text()
    assert 'generator = "inverter:generators/toy"' in written
    assert 'images = "photos"' in written
    again = train(lab)
    assert (again.code, "is inverted on" in again.err) == (0, False)  # it is there already
    home = {"INVERSET_DATA_DIR": str(lab)}
    checked = run("models", "check", "toy", "--out", tmp_path / "sheet.png", **home)
    assert "97 % of reference codes stay below" in " ".join(checked.out.split()), checked
    gallery = tmp_path / "gallery"
    command = ["sample", "toy", "fc2:c", "q.30", "q.90", "-n", 4, "-k", 4, "--local", "--out", gallery]
    result = run(*command, **home)
    assert result.code == 0, result.err
    assert run("verify", gallery, **home).code == 0


def test_a_layer_is_found_where_none_is_named(lab):
    home = {"INVERSET_DATA_DIR": str(lab), "OMP_NUM_THREADS": "1"}
    command = ["models", "train-generator", "toy", "--steps", 30, "--batch", 8, "--device", "cpu"]
    result = run(*command, **home)
    assert result.code == 0, result
    assert re.search(r"^ *relu2 +\S+ +0\.\d\d +\d\.\d\d", result.err, re.MULTILINE), result.err
    described = json.loads((lab / "generators" / "toy" / "generator.json").read_text())
    tried = {each["layer"]: each["picture_error"] for each in described["search"]}
    assert described["layer"] in tried
    assert len(tried) > 1
    assert not (lab / "generators" / ".toy.search").exists()
    assert zoo.load("toy", own=lab).encoder == described["layer"]
    again = run(*command, **home)
    assert (again.code, "is inverted on" in again.err) == (0, False)


def test_a_model_that_is_not_there_is_told(lab):
    result = run("models", "train-generator", "toi", INVERSET_DATA_DIR=str(lab))
    assert (result.code, "no model is called 'toi'; did you mean toy" in result.err) == (1, True)


def test_the_report_has_all_figures():
    cycle = {"median": 0.3, "0.97": 0.5}
    result = Figures(4, 36, 0.1, 0.2, cycle)
    assert "colours are off by 0.100 (a single average image:  0.200)" in _report(result)
    assert "is 0.30 (97 % below 0.50)" in _report(result)
