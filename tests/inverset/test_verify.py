"""Galleries that are what they say, and galleries that are not."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from inverset import cli, gallery
from inverset.contract.manifest import Manifest, NamedModel
from inverset.contract.question import Band, Target
from inverset.gallery import image_codec
from inverset.sampler import problem, zoo
from inverset.sampler.problem import Neuron
from tests.inverset.command import Said, run

NEURONS = ("fc8:volcano", "conv5:3")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A gallery of three noises, with what the model says of them."""
    bundle = zoo.load("scenes")
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    neurons = [Neuron.parse(name, bundle) for name in NEURONS]
    activations, features = problem.read_images(bundle, neurons, torch.tensor(images).permute(0, 3, 1, 2))
    low, high = activations.amin(0) - 1, activations.amax(0) + 1
    manifest = Manifest(
        NamedModel(bundle.name, bundle.sha256),
        tuple(Target(name, Band(float(low[at]), float(high[at]))) for at, name in enumerate(NEURONS)),
        (),
        {"model": bundle.name, "neurons": [], "n": 3, "seed": 0},
        {"reason": "reached n", "detail": "3 samples", "best": {}, "blocked_by": {}},
    )
    arrays = {"codes": features.numpy(), "features": features.numpy(), "activations": activations.numpy()}
    folder = tmp_path_factory.mktemp("made") / "gallery"
    starts = random.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    read, _ = problem.read_images(bundle, neurons, torch.tensor(starts).permute(0, 3, 1, 2))
    began = gallery.Began(starts, read.numpy())
    course = [(10, -1), (11, 0), (12, 0)]
    gallery.write(gallery.of_arrays(manifest, images, arrays, course, began=began), folder)
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A copy to damage."""
    return shutil.copytree(made, tmp_path / "gallery")


@pytest.fixture
def here(monkeypatch, capsys):
    """Run a command in this process, which has torch already."""

    def here(*args) -> Said:
        monkeypatch.setattr("sys.argv", ["inverset", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(ended.value.code or 0, *capsys.readouterr())

    return here


def edit(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_good_gallery_is_good(made):
    result = run("verify", made)
    assert result.code == 0, result.err
    assert "none" in result.out
    assert "fc8:volcano" in result.out


def another_start(folder):
    """With its right SHA-256: only the model can tell."""
    content = image_codec.encode(np.zeros((64, 64, 3), dtype=np.uint8))
    (folder / "starts/000001.png").write_bytes(content)
    edit(folder, lambda manifest: manifest["samples"][1]["start"].update(sha256=sha256(content).hexdigest()))


def brighter(folder):
    path = folder / "images/000001.png"
    pixels = image_codec.decode(path.read_bytes()).copy()
    pixels[0, 0, 0] ^= 1
    path.write_bytes(image_codec.encode(pixels))


def forged(folder):
    """Another image with its right SHA-256: only the model can tell."""
    content = image_codec.encode(np.zeros((64, 64, 3), dtype=np.uint8))
    (folder / "images/000001.png").write_bytes(content)
    edit(folder, lambda manifest: manifest["samples"][1].update(sha256=sha256(content).hexdigest()))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda at: (at / "images/000001.png").unlink(), "images/000001.png is missing"),
        (lambda at: (at / "images/000001.png").write_bytes(b"PNG"), "images/000001.png is not a PNG"),
        (another_start, "starts/000001.png gives fc8:volcano"),
        (lambda at: (at / "starts/000002.png").unlink(), "starts/000002.png is missing"),
        (lambda at: (at / "starts/000009.png").write_bytes(b""), "starts/000009.png is not in the manifest"),
        (brighter, "images/000001.png has changed since it was delivered"),
        (forged, "images/000001.png gives fc8:volcano"),
        (lambda at: (at / "images/000009.png").write_bytes(b""), "images/000009.png is not in the manifest"),
        (
            lambda at: edit(at, lambda m: m["samples"][2]["activations"].update({"conv5:3": 1e3})),
            "images/000002.png gives conv5:3",
        ),
        (
            lambda at: edit(at, lambda m: m["samples"][2]["activations"].pop("conv5:3")),
            "images/000002.png has no activation of conv5:3",
        ),
        (
            lambda at: edit(at, lambda m: m["ranges"][0].update(range=[1e3, 2e3])),
            "outside of 1000 to 2000",
        ),
        (lambda at: edit(at, lambda m: m["model"].update(sha256="0" * 64)), "of the SHA-256 000000000000"),
        (lambda at: edit(at, lambda m: m["model"].update(name="scents")), "did you mean scenes"),
        (lambda at: edit(at, lambda m: m["ranges"][0].update(neuron="fc8:vulcan")), "did you mean volcano"),
    ],
)
def test_a_difference_is_found(here, folder, damage, why):
    damage(folder)
    result = here("verify", folder)
    assert result.code == 1
    assert why in flat(result.out)
    assert "does not match its manifest" in result.err


@pytest.mark.parametrize(
    "damage",
    [
        lambda at: (at / "manifest.json").unlink(),
        lambda at: (at / "manifest.json").write_text("{"),
        lambda at: (at / "manifest.json").write_bytes(b"\xff\xfe"),
        lambda at: (at / "manifest.json").write_text("[]"),
        lambda at: (at / "manifest.json").write_text("{}"),
        lambda at: edit(at, lambda m: m.update(samples=7)),
        lambda at: edit(at, lambda m: m["samples"][0].pop("file")),
        lambda at: edit(at, lambda m: m["samples"][0].update(file="../../secret.png")),
        lambda at: edit(at, lambda m: m["samples"][0]["start"].update(file="../../secret.png")),
        lambda at: edit(at, lambda m: m["samples"][0].update(activations={"fc8:volcano": "high"})),
        lambda at: edit(at, lambda m: m["ranges"][0].update(range=[1])),
        lambda at: edit(at, lambda m: m.update(model="scenes")),
    ],
)
def test_a_damaged_gallery_is_told_in_a_sentence(here, folder, damage):
    damage(folder)
    result = here("verify", folder)
    assert result.code == 1
    assert result.out == ""
    assert "manifest.json" in result.err
    assert result.err.count("\n") == 1


def test_a_folder_that_is_not_there_is_told(here, tmp_path):
    result = here("verify", tmp_path / "none")
    assert result.code == 1
    assert result.err.count("\n") == 1


def test_galleries_in_a_folder_are_all_looked_at(here, made, tmp_path):
    for name in ("band-0", "band-1"):
        shutil.copytree(made, tmp_path / "sweep" / name)
    answer = {"inverset": "0", "title": "Two bands", "galleries": ["band-0", "band-1"]}
    (tmp_path / "sweep" / "manifest.json").write_text(json.dumps(answer))
    assert here("verify", tmp_path / "sweep").out.count("none") == 2
    (tmp_path / "sweep/band-1/images/000000.png").unlink()
    result = here("verify", tmp_path / "sweep")
    assert (result.code, result.out.count("none")) == (1, 1)
