"""Samples inverse sets: the algorithm, on tensors; knows nothing of the service.

from sampler import sample, zoo

result = sample(zoo.load("scenes"), {"neurons": [{"neuron": "fc8:volcano", "range": [2.0, 5.0]}], "n": 100})
"""

from sampler.sampling import Result, sample

__all__ = ["Result", "sample"]
