"""The entries of the photographic models."""

import pytest

from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.photos import entries
from inverset.sampler.zoo.photos.network import CLASSES
from inverset.sampler.zoo.photos.teacher import IMAGENET


@pytest.mark.skipif(not entries.has_imagenet(), reason="EfficientNet-Lite0 is not installed")
def test_the_judge_of_photographs_names_its_classes(tmp_path):
    judge = Entry.of(entries.NAME, entries.entries("photographs")[entries.NAME]).judge
    assert judge.name == "EfficientNet-Lite0"
    entries.install(tmp_path)
    names = (tmp_path / judge.network.labels["_fc"]).read_text().splitlines()
    assert [names[place] for place in IMAGENET] == [*CLASSES[: len(IMAGENET)]]
