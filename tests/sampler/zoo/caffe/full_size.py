"""Full-size files of random weights, as the paper's are: 240 MB each."""

from types import SimpleNamespace

import torch

from inverset.sampler.zoo.caffe import caffenet, upconvolutions
from tests.sampler.zoo.caffe import writing


def write(folder):
    """A CaffeNet (the older format, odd shapes) and a generator (the newer).

    The generator's activations make its images spread as photographs do, and CaffeNet's are alive on them.
    """
    random = torch.Generator().manual_seed(0)
    codes = (0.6 + 3.74 * torch.randn(4, 4096, generator=random)).clamp(0, 30)
    body = writing.alive(upconvolutions.body("fc6"), 1, codes)
    body.deconv0.weight.mul_(40)
    network = writing.alive(caffenet.build(), 2, body(codes)[:, :, 14:241, 14:241])
    network.fc6.weight.mul_(3.74)
    network.fc6.bias.mul_(3.74)
    files = SimpleNamespace(
        folder=folder,
        codes=codes,
        body=body,
        network=network,
        caffenet="caffenet.caffemodel",
        generator="generator.caffemodel",
    )
    writing.caffemodel(folder / files.caffenet, network, 1, legacy=True)
    writing.caffemodel(folder / files.generator, body, 2)
    return files
