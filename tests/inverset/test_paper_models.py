"""``inverset models add paper`` and ``pull paper``, and a study of what was added: in processes of their own."""

import json
import shutil
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import AlexNet_Weights

from tests.inverset.command import run
from tests.sampler.zoo.caffe import full_size


class Hub(BaseHTTPRequestHandler):
    """As much of the Hugging Face hub as a download of one file asks for."""

    folder: Path

    def do_HEAD(self):
        self.answered()

    def do_GET(self):
        with self.answered().open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def answered(self):
        path = self.folder / self.path.rpartition("/")[2]
        self.send_response(200)
        for name, value in {
            "ETag": f'"{path.name}"',
            "X-Repo-Commit": "0" * 40,
            "Content-Length": path.stat().st_size,
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        return path

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(tmp_path, files):
    """A hub of full-size converted files, whose layers have the names that its own have."""
    for name, network in (("caffenet.pt", files.network), ("upconvGAN_fc6.pt", files.body)):
        torch.save(
            {key.replace(".", ".1."): value for key, value in network.state_dict().items()}, tmp_path / name
        )
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Hub,), {"folder": tmp_path}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_pulled_it_is_a_model(tmp_path, hub):
    result = run(
        "models", "pull", "paper", "--data", tmp_path / "data",
        HF_ENDPOINT=hub, HF_HOME=str(tmp_path / "home"), HF_HUB_OFFLINE="0",
    )  # fmt: skip

    assert result.code == 0, result.err
    assert "DeepSim's, not the paper's" in result.out
    written = tomllib.loads((tmp_path / "data" / "models.toml").read_text())
    assert written["paper"]["weights"] == "paper/caffenet.pt"
    assert written["paper"]["generator"] == "caffe:paper/upconvGAN_fc6.pt"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return full_size.write(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def lab(files):
    """The files, and some images, in a folder; the data folder is one below."""
    folder, random = files.folder, np.random.default_rng(0)
    (folder / files.caffenet).rename(folder / "bvlc_reference_caffenet.caffemodel")
    (folder / "images").mkdir()
    for number in range(24):
        side = random.integers(2, 30)
        small = random.integers(0, 255, (side, side, 3), dtype=np.uint8)
        Image.fromarray(small).resize((300, 260), Image.Resampling.BICUBIC).save(
            folder / "images" / f"{number}.png"
        )
    return folder


def add(lab, *more, name="paper"):
    return run(
        "models", "add", name, "--caffenet", lab / "bvlc_reference_caffenet.caffemodel", *more, "--data", lab / "data"
    )  # fmt: skip


@pytest.mark.slow
def test_added_it_is_asked_the_papers_own_question(lab):
    """The same network stands for PlacesCNN: what is tried is another f than E. Random weights do not reach the paper's band."""
    output = add(
        lab, "--generator", lab / "generator.caffemodel", "--places", lab / "bvlc_reference_caffenet.caffemodel",
        "--images", lab / "images",
    )  # fmt: skip

    assert output.code == 0, output.err
    assert "is not the file that was published: its SHA-1 is" in output.out + output.err
    written = tomllib.loads((lab / "data" / "models.toml").read_text())
    assert set(written) == {"paper", "paper-places"}
    assert written["paper-places"]["encoder"]["layer"] == "relu6"

    request = ("--model", "paper-places", "-n", "2", "--seconds", "1", "--out", lab / "studies")
    output = run("study", "figure-6", *request, INVERSET_DATA_DIR=str(lab / "data"))

    assert output.code == 0, output.err
    rows = [
        json.loads((lab / "studies" / "study-figure-6" / f"row-{number}" / "manifest.json").read_bytes())
        for number in (1, 2)
    ]
    names = AlexNet_Weights.IMAGENET1K_V1.meta["categories"]
    assert [row["ranges"] for row in rows] == [
        [{"neuron": f"fc8:{names[papers_number - 1]}", "range": [40, 50]}] for papers_number in (88, 141)
    ]


def test_what_is_missing_is_said(lab):
    assert "needs the file of a generator" in add(lab).err
    assert "no file" in add(lab, "--generator", lab / "other.caffemodel").err
    assert "sets network itself" in add(lab, "--generator", "deepsim:fc6", "--network", "timm:vit").err
    assert "needs --caffenet" in run("models", "add", "a", "--network", "timm:a", "--places", lab / "x").err
    assert "needs a network" in run("models", "add", "a").err


def test_where_nothing_can_be_fetched_the_way_by_hand_is_told(tmp_path):
    result = run(
        "models", "pull", "paper", "--data", tmp_path / "data", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path)
    )

    assert result.code == 1
    assert "bvlc_reference_caffenet.caffemodel" in result.err
    assert "181007__generator.caffemodel" in result.err
    assert "upconvGAN_fc6.pt" in result.err
    assert not (tmp_path / "data" / "models.toml").exists()


def test_the_paper_takes_no_images(tmp_path):
    assert "paper takes no images" in run("models", "pull", "paper", "--images", tmp_path).err
