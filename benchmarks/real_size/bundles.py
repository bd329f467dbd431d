"""Bundles of the sizes that matter, with random weights: what a pass costs does not depend on what was learnt."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn
from torchvision.models import resnet50

from inverset.sampler.bundle import Bundle, CodeStatistics
from inverset.sampler.problem import Band, Neuron, Problem
from inverset.sampler.zoo.caffe import caffenet, pixels, upconvolutions
from inverset.sampler.zoo.caffe.generators import Painter
from inverset.sampler.zoo.networks.preprocessing import Preprocess, Preprocessing

_DRAWS = 64  # codes of the prior, that limits and bands are taken from
_BATCH = 16
_MEAN, _DEVIATION = 0.6, 3.74  # of CaffeNet's fc6
_WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


class _Boxed(nn.Module):
    """The middle of what a decoder paints, from its scale to colours."""

    def __init__(self, body: nn.Sequential, size: int) -> None:
        super().__init__()
        self.body, self.size = body, size

    def forward(self, codes: Tensor) -> Tensor:
        painted: Tensor = self.body(codes)
        top = (painted.shape[2] - self.size) // 2
        return (painted / 160 + 0.5)[:, :, top : top + self.size, top : top + self.size]


def caffenet_and_fc6() -> Bundle:
    """CaffeNet and its fc6 generator, as the paper's: 61 and 56 million parameters, 227x227."""
    body = _alive(upconvolutions.body("fc6").to_empty(device="cpu"), _codes(_BATCH, 4096))
    network = caffenet.build().to_empty(device="cpu")
    preprocess = Preprocess.of(pixels.PREPROCESSING)
    return _bundle(
        name="CaffeNet + fc6",
        network=network,
        generator=Painter(body, (4096,)),
        preprocess=preprocess,
        encoder="relu6",
        head="fc8",
        entries=4096,
    )


def resnet50_and_decoder() -> Bundle:
    """ResNet-50 and a decoder of its 2048 pooled features to 256x256: 26 and 48 million parameters; the network sees 224x224."""
    with torch.device("meta"):
        decoder = nn.Sequential(OrderedDict(upconvolutions.of_vector(2048)))
    body = _alive(decoder.to_empty(device="cpu"), _codes(_BATCH, 2048))
    preprocess = Preprocess.of(Preprocessing(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)))
    return _bundle(
        name="ResNet-50 + decoder",
        network=resnet50(weights=None),
        generator=_Boxed(body, 256),
        preprocess=preprocess,
        encoder="avgpool",
        head="fc",
        entries=2048,
    )


BUNDLES: Mapping[str, Callable[[], Bundle]] = {
    "caffenet": caffenet_and_fc6,
    "resnet50": resnet50_and_decoder,
}


@torch.no_grad()
def question(bundle: Bundle, layer: str | None = None) -> Problem:
    """Unit 0 of the last layer, in the upper third of what the generator's own draws give it."""
    neuron = Neuron(layer or bundle.layers[-1], 0)
    problem = Problem(bundle, (neuron,), (Band.of(None),))
    draws = _codes(_DRAWS, len(bundle.statistics.mean)).to(bundle.statistics.mean)
    seen = torch.cat([problem.forward(few).activations[:, 0] for few in draws.split(_BATCH)])
    return replace(problem, bands=(Band(float(seen.quantile(0.6)), float(seen.quantile(0.9))),))


@torch.no_grad()
def _bundle(
    *,
    name: str,
    network: nn.Module,
    generator: nn.Module,
    preprocess: Preprocess,
    encoder: str,
    head: str,
    entries: int,
) -> Bundle:
    draws = _codes(_BATCH, entries)
    seen = preprocess(generator(draws))
    if isinstance(network, nn.Sequential):
        _alive(network, seen)
    else:  # its batch norms are set by what they see
        network.train()(seen)
    frozen = [part.eval().requires_grad_(requires_grad=False) for part in (network, generator)]
    statistics = CodeStatistics(
        mean=torch.full((entries,), _MEAN),
        axes=None,
        scales=torch.full((entries,), _DEVIATION),
        floor=0.0,
        norm_limit=1.1,
        cycle_limit=10.0,  # an untrained generator inverts nothing: the constraint is computed and never binds
        ceiling=30.0,
    )
    return Bundle(
        name=name,
        sha256="",
        network=frozen[0],
        generator=frozen[1],
        preprocess=preprocess,
        encoder=encoder,
        statistics=statistics,
        layers=(encoder, head),
        labels={},
        reference=None,
        catalogue={},
    )


def _codes(count: int, entries: int) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return (_MEAN + _DEVIATION * torch.randn(count, entries, generator=random)).clamp(0, 30)


@torch.no_grad()
def _alive(network: nn.Sequential, value: Tensor) -> nn.Sequential:
    """Weights so that every layer's output spreads by 1, the last of a generator's by 40, as colours do."""
    random = torch.Generator().manual_seed(1)
    last: nn.Module = network
    for last in network.eval():
        if isinstance(last, _WEIGHTED):
            last.weight.normal_(generator=random)
            if last.bias is not None:
                last.bias.zero_()
            last.weight.div_(last(value).std())
        value = last(value)
    if value.dim() == 4 and isinstance(last, _WEIGHTED):
        last.weight.mul_(40)
    return network
