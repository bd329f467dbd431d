"""``inverset models pull photos``: the photographic models, with a user's own folder of photographs."""

import importlib.util
import tomllib

import numpy as np
import pytest
from PIL import Image

from tests.inverset.command import run


@pytest.fixture
def images(tmp_path):
    """A folder of pictures of few colours, as small as nobody's photographs are."""
    folder, random = tmp_path / "mine", np.random.default_rng(0)
    folder.mkdir()
    for number in range(24):
        pixels = random.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(pixels).resize((80, 72), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return folder


def pull(tmp_path, *more):
    return run("models", "pull", "photos", "--data", tmp_path / "data", *more)


@pytest.mark.slow
def test_pulled_it_is_a_model_that_can_be_sampled(tmp_path, images):
    result = pull(tmp_path, "--images", images)
    assert result.code == 0, result.err
    written = tomllib.loads((tmp_path / "data" / "models.toml").read_text())
    assert written["photos"]["images"] == str(images)
    assert len(written["photos"]["labels"]["fc"]) == 16
    assert ("photos-imagenet" in written) == bool(importlib.util.find_spec("efficientnet_lite_pytorch"))
    assert "inverset models calibrate photos" in result.err
    sampled = run(
        *("sample", "photos", "fc:church", "q.3", "q.9", "-n", 4, "--local", "--out", tmp_path / "church"),
        INVERSET_DATA_DIR=str(tmp_path / "data"),
    )
    assert sampled.code == 0, sampled.err
    verified = run("verify", tmp_path / "church", "--data", tmp_path / "data")
    assert (verified.code, "none" in verified.out) == (0, True), verified.err


def test_a_folder_that_is_missing_is_one_sentence(tmp_path):
    result = pull(tmp_path, "--images", tmp_path / "none")
    assert result.code == 2
    assert "there is no folder" in result.err


def test_only_two_models_can_be_pulled(tmp_path):
    result = run("models", "pull", "imagenet", "--data", tmp_path / "data")
    assert result.code == 2
    assert "choose one of paper, photos" in " ".join(result.err.replace("│", " ").split())
