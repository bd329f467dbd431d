"""What a draw costs, counted."""

import subprocess
import sys

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from inverset.sampler import priors, zoo
from inverset.sampler.surrogates import operations

APART = """
import sys, torch
from inverset.sampler.surrogates import operations
assert operations(torch.nn.Linear(5, 3), torch.zeros(4, 5)) == 120
print([name for name in ("sympy", "torch._dynamo", "torch._inductor") if name in sys.modules])
"""


def test_operations_are_those_of_products_and_convolutions():
    layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    assert operations(layers, torch.zeros(2, 3, 8, 8)) == 2 * 2 * (8 * 36 * 27 + 8 * 36 * 10)


def test_operations_are_what_torch_counts():
    bundle = zoo.load("scenes")
    latents = torch.zeros(64, priors.of(bundle).dimension)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        codes = priors.of(bundle).decode(latents)
        drawn = counter.get_total_flops()
        bundle.network(bundle.generator(codes[:2]))
    assert operations(priors.of(bundle).decode, latents) == drawn
    evaluated = operations(lambda some: bundle.network(bundle.generator(some)), codes[:2])
    assert evaluated == counter.get_total_flops() - drawn


def test_counting_imports_no_compiler():
    """It would cost each process more than a second."""
    result = subprocess.run([sys.executable, "-c", APART], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "[]"
