"""Two modules that compute different things from the same weights are told apart."""

import torch
from torch import nn

from inverset.sampler.zoo.in_memory import structure


class Half(nn.Module):
    def __init__(self, by=0.5):
        super().__init__()
        self.by = by
        self.inner = nn.Linear(2, 2)

    def forward(self, values):
        return self.inner(values) * self.by


def of_source(source):
    known = {"__name__": "__main__", "nn": nn, "torch": torch}
    exec(source, known)  # as a notebook's cell whose source is not in a file
    return known["Net"]()


NET = """
class Net(nn.Module):
    def forward(self, values):
        return {expression}
"""


def test_the_same_module_has_the_same_text():
    assert structure.of_module(Half()) == structure.of_module(Half())
    assert structure.of_module(Half().eval()) == structure.of_module(Half().train())


def test_settings_layers_and_code_are_part_of_it():
    texts = [
        structure.of_module(each)
        for each in (
            Half(), Half(0.25), nn.Sequential(nn.ReLU()), nn.Sequential(nn.GELU()),
            of_source(NET.format(expression="values.relu()")), of_source(NET.format(expression="values.tanh()")),
            of_source(NET.format(expression="values * 2")), of_source(NET.format(expression="values * 3")),
        )
    ]  # fmt: skip
    assert len(set(texts)) == len(texts)
