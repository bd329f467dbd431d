"""README's block on notebooks and those of docs/notebook.md run as they stand, on an untrained network and small images."""

import re
from pathlib import Path

import pytest
import torch
import torchvision.models
from torchvision.transforms._presets import ImageClassification

from tests.sampler.zoo.own.lab import photograph

ROOT = Path(__file__).parents[2]
SMALL = ImageClassification(crop_size=32, resize_size=32)
resnet18 = torchvision.models.resnet18


class Untrained:
    """In the place of torchvision's weights, which would have to be fetched."""

    DEFAULT = None

    def transforms(self):
        return SMALL


Untrained.DEFAULT = Untrained()


def network(weights=Untrained.DEFAULT):
    assert weights is Untrained.DEFAULT
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return resnet18(weights=None)


def blocks(page):
    """The blocks of Python after a remark, with the remark."""
    return re.findall(r"<!-- ([^>]*) -->\n```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.fixture
def here(tmp_path, monkeypatch):
    photograph(tmp_path / "photographs", 40)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INVERSET_DATA_DIR", raising=False)
    return tmp_path


def test_the_block_of_the_readme(here, monkeypatch):
    monkeypatch.setattr(torchvision.models, "ResNet18_Weights", Untrained)
    monkeypatch.setattr(torchvision.models, "resnet18", network)
    (block,) = [code for remark, code in blocks("README.md") if remark == "notebook"]
    known = {}
    exec(compile(block, "README.md", "exec"), known)
    result = known["result"]
    assert len(result) == 16
    (low, high), values = result.bands[0], result.activations[:, 0]
    assert ((values >= low) & (values <= high)).all()
    assert known["model"].verify("layer4-17") == []
    assert len(block.splitlines()) <= 11


def test_the_blocks_of_the_page(here):
    results = [code for remark, code in blocks("docs/notebook.md") if remark.startswith("runs")]
    assert len(results) == (ROOT / "docs/notebook.md").read_text().count("```python")
    known = {"network": network().eval(), "transform": SMALL}
    for code in results:
        exec(compile(code, "docs/notebook.md", "exec"), known)
    assert len(known["result"]) == 4
    assert known["both"].neurons == ["layer4.1.conv2:17", "fc:3"]
    assert (here / "gallery" / "manifest.json").is_file()
    assert known["painter"].part().size == (64, 64)
