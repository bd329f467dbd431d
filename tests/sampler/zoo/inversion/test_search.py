"""Which layers are tried before one is inverted, and which of them is taken."""

import pytest
import torchvision
from torch import nn

from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.inversion.about import Trial
from inverset.sampler.zoo.inversion.search import best, candidates, trial_steps
from inverset.sampler.zoo.networks.layers import readable
from inverset.sampler.zoo.parts import Network


def tried(module, side):
    network = Network(module.eval(), lambda images: images, (side, side), "a" * 64)
    return {layer.name: layer.numbers for layer in candidates(readable(network))}


class Padded(nn.Module):
    """A stage whose padding makes maps of another size on the way, and pools in ``forward``."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 20, 2, 2)
        self.blocks = nn.ModuleList(nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(20, 20, 3)) for _ in range(5))
        self.head = nn.Linear(20, 4)

    def forward(self, images):
        maps = self.first(images)
        for block in self.blocks:
            maps = maps + block(maps)
        return self.head(maps.mean((2, 3)))


def test_a_stage_is_tried_at_its_end_and_a_pooled_vector_beside():
    found = tried(torchvision.models.resnet18(), 64)
    assert found == {"layer1": 16384, "layer2": 8192, "layer3": 4096, "layer4": 2048, "avgpool": 512}


def test_a_size_of_maps_is_tried_once_and_what_forward_pools_is_an_input():
    assert tried(Padded(), 16) == {"blocks.4": 1280, "blocks.4.0": 2000, "head<": 20}


def test_tokens_are_tried_at_several_depths():
    found = [name for name in tried(torchvision.models.vit_b_16(), 224) if "encoder_layer" in name]
    assert len(found) == 3


def test_vectors_are_tried_where_there_is_nothing_else():
    layers = nn.Sequential(nn.Flatten(), nn.Linear(192, 30), nn.ReLU(), nn.Linear(30, 2))
    assert "3" not in tried(layers, 8)


def test_nothing_to_invert_is_told():
    with pytest.raises(BadEntry, match="no layer of the network can be inverted"):
        candidates(())


def test_the_least_error_is_taken_among_codes_of_a_good_size():
    early = Trial("early", (64, 32, 32), 100, 0.1, 0.1)
    middle, late = Trial("middle", (96, 8, 8), 100, 0.3, 0.4), Trial("late", (300, 2, 2), 100, 0.5, 0.6)
    assert best([early, middle, late]) is middle
    assert best([early]) is early


def test_a_trial_is_a_twentieth_of_a_training_but_no_less_than_it_takes_to_tell():
    assert [trial_steps(steps) for steps in (3, 1_000, 6_000, 100_000)] == [3, 100, 300, 500]
