"""Networks that go wrong, as labs have them: each is what a factory of ``models.toml`` returns."""

import os
import signal
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tests.sampler.zoo.own import toy_network


class Small(nn.Module):
    """A network of five classes; what ``alter`` does to its features is what is odd about it."""

    def __init__(self, norm=None):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.conv1 = nn.Conv2d(3, 8, 5, 2)
            self.norm = norm or nn.Identity()
            self.fc = nn.Linear(8, 5)

    def forward(self, images):
        maps = functional.relu(self.norm(self.conv1(images)))
        return self.fc(self.alter(maps.mean((2, 3))))

    def alter(self, features):
        return features


class Dropping(Small):
    def alter(self, features):
        return functional.dropout(features, 0.5)


class Noisy(Small):
    def alter(self, features):
        return features + 0.1 * torch.randn_like(features)


class Mixing(Small):
    def forward(self, images):
        return super().forward(images / images.amax())


class Logarithm(nn.Module):
    def forward(self, values):
        return torch.log(values - 1000)


class WithoutGradient(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = toy_network.make()

    @torch.no_grad()
    def forward(self, images):
        return self.inner(images)


def plain():
    return Small()


def dropping():
    return Dropping()


def noisy():
    return Noisy()


def mixing():
    return Mixing()


def of_the_batch():
    return Small(nn.BatchNorm2d(8, track_running_stats=False))


def half():
    return Small().half()


def brain_half():
    return Small().bfloat16()


def without_numbers():
    return Small(Logarithm())


def without_gradient():
    return WithoutGradient()


def scripted():
    return torch.jit.script(toy_network.make())


def at_random():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 14 * 14, 5))


def of_numpy():
    made = Small()
    made.fc.weight.data = torch.from_numpy(np.random.default_rng().standard_normal((5, 8))).float()
    return made


def crashing():
    os.kill(os.getpid(), signal.SIGSEGV)


def endless():
    while True:
        pass


def sleeping():
    time.sleep(60)


def hungry():
    return Small(nn.Linear(2**16, 2**16))


def leaving():
    os._exit(0)
