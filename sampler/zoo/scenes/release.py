"""Evaluates trained networks and writes the released files: weights, statistics, quantiles, figures, model card."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from inverset.contract.catalogue import NeuronStatistics
from inverset.contract.encoding import encode
from inverset.sampler.zoo.inversion.losses import cycle_error
from inverset.sampler.zoo.scenes import prior, weights
from inverset.sampler.zoo.scenes.bundle import LAYERS, NAME
from inverset.sampler.zoo.scenes.card import write_card
from inverset.sampler.zoo.scenes.factors import CLASSES, PROBED
from inverset.sampler.zoo.scenes.figures import Figures, VolcanoSpearman
from inverset.sampler.zoo.scenes.losses import read
from inverset.sampler.zoo.scenes.networks import CODE, Networks
from inverset.sampler.zoo.scenes.reference import RenderedReference
from inverset.sampler.zoo.scenes.world import SIDE, render_set

HELD_OUT_SEED, HELD_OUT = 2, 4000
QUANTILES = (
    0.0,
    0.001,
    0.005,
    0.01,
    0.03,
    0.05,
    0.1,
    0.2,
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.9,
    0.93,
    0.95,
    0.97,
    0.98,
    0.99,
    0.995,
    0.999,
    1.0,
)
_KEPT_VARIANCE = 0.99
_DESCRIPTION = "An AlexNet-shaped classifier of 64x64 painted landscapes in twelve classes, with a generator that inverts fc6."
_CHUNK = 250


def release(nets: Networks, folder: Path) -> None:
    """Write all released files to ``folder`` and seal it with SHA-256 sums."""
    weights.save_networks(nets, folder)
    rounded = weights.networks(folder)
    reference = RenderedReference(rounded.classifier, weights.sums(folder)[weights.NETWORKS])
    sweep = reference.sweep(("center", "max", "mean"))
    statistics = code_statistics(rounded, sweep["fc6"]["center"].relu())
    save_file(statistics, folder / weights.STATISTICS)
    about = {"name": NAME, "sha256": weights.sums(folder)[weights.NETWORKS], "description": _DESCRIPTION}
    (folder / weights.CATALOGUE).write_text(json.dumps(catalogue(sweep, about, CLASSES)))
    figures = held_out_figures(rounded, statistics["mean"])
    weights.save_figures(figures, folder)
    write_card(figures, folder)
    weights.seal(folder)
    prior.fit(folder)


@torch.no_grad()
def code_statistics(nets: Networks, codes: Tensor) -> dict[str, Tensor]:
    """The mean, principal axes, scales, and quantiles of norm and cycle error of reference codes (r, 512)."""
    mean = codes.mean(0)
    _, singular, axes = torch.linalg.svd(codes - mean, full_matrices=False)
    share = singular.square().cumsum(0) / singular.square().sum()
    kept = int((share < _KEPT_VARIANCE).sum()) + 1
    scales = singular[:kept] / (len(codes) - 1) ** 0.5
    natural = (codes - mean) @ axes[:kept].T / scales
    errors = torch.cat(
        [
            cycle_error(read(nets.classifier, eight_bit(nets.generator(c))).codes, c)
            for c in codes.split(_CHUNK)
        ]
    )
    norms = natural.square().mean(1)
    ticks = torch.tensor(QUANTILES)
    return {
        "mean": mean,
        "axes": axes[:kept].T.contiguous(),
        "scales": scales,
        "norm_limit": norms.quantile(0.95),
        "cycle_limit": errors.quantile(0.97),
        "norm_quantiles": norms.quantile(ticks),
        "cycle_quantiles": errors.quantile(ticks),
        "quantile_probabilities": ticks,
    }


def eight_bit(images: Tensor) -> Tensor:
    """Images in [0, 1] rounded to 8 bits, as in a PNG."""
    return (images.clamp(0, 1) * 255).round() / 255


def catalogue(
    sweep: Mapping[str, Mapping[str, Tensor]], about: Mapping[str, str], classes: Sequence[str]
) -> dict[str, Any]:
    """The catalogue of a network with the layers of `scenes`.

    Args:
        sweep: layer -> reading -> activations of reference images (r, units), of pre-activation layers.
        about: name, description and the like.
        classes: the labels of fc8.
    """
    layers: list[dict[str, Any]] = []
    neurons: dict[str, NeuronStatistics] = {}
    for layer in LAYERS:
        source = layer.replace("relu", "conv" if int(layer[-1]) <= 5 else "fc")
        labels = classes if layer == "fc8" else ()
        readings = sweep[source]
        units = readings["center"].shape[1]
        is_map = len(readings) > 1
        layers.append(
            {"name": layer, "kind": "map" if is_map else "vector", "units": units, "labels": list(labels)}
        )
        if is_map:
            layers[-1]["size"] = [_map_side(layer), _map_side(layer)]
        for reading, values in readings.items():
            if source != layer and reading == "mean":
                continue  # the mean of a rectified map is not the rectified mean
            for unit, column in enumerate((values.relu() if source != layer else values).T):
                name = f"{layer}:{labels[unit] if labels else unit}" + (
                    "" if reading == "center" else f"@{reading}"
                )
                neurons[name] = summary(column)
    return {
        **about,
        "image": [SIDE, SIDE],
        "code": CODE,
        "layers": layers,
        "neurons": {name: encode(each) for name, each in neurons.items()},
    }


def _map_side(layer: str) -> int:
    return {"1": 32, "2": 16}.get(layer[-1], 8)


def summary(values: Tensor) -> NeuronStatistics:
    """The mean, standard deviation and quantiles of a neuron's reference activations (r,)."""
    ticks = values.double().quantile(torch.tensor(QUANTILES, dtype=torch.double)).tolist()
    return NeuronStatistics(
        _short(values.mean().item()),
        _short(values.std().item()),
        {f"{p:g}": _short(v) for p, v in zip(QUANTILES, ticks, strict=True)},
    )


def _short(value: float) -> float:
    return float(f"{value:.6g}")


@torch.no_grad()
def held_out_figures(nets: Networks, mean_code: Tensor) -> Figures:
    """The figures of the networks on held-out images; ``of_mean_code``: with the mean code (512,) painted for each."""
    images = render_set(HELD_OUT_SEED, HELD_OUT)
    right, named, errors, plain, cycles, probes, logits = [], [], [], [], [], [], []
    one = eight_bit(nets.generator(mean_code[None]))
    for start in range(0, HELD_OUT, _CHUNK):
        pixels = torch.from_numpy(images.pixels[start : start + _CHUNK]).float() / 255
        classes = torch.from_numpy(images.classes[start : start + _CHUNK])
        original = read(nets.classifier, pixels)
        painted = eight_bit(nets.generator(original.codes))
        again = read(nets.classifier, painted)
        right.append(original.logits.argmax(1) == classes)
        named.append(again.logits.argmax(1) == classes)
        errors.append((painted - pixels).abs().mean((1, 2, 3)))
        plain.append((one - pixels).abs().mean((1, 2, 3)))
        cycles.append(cycle_error(again.codes, original.codes))
        probes.append(torch.stack([nets.witness(pixels * 2 - 1), nets.witness(painted * 2 - 1)]))
        logits.append(original.logits)
    factors, read_off = torch.from_numpy(images.factors), torch.cat(probes, dim=1)
    return Figures(
        held_out_images=HELD_OUT,
        accuracy=mean(right),
        mean_absolute_error=mean(errors),
        of_mean_code=mean(plain),
        accuracy_on_generated=mean(named),
        median_cycle_error=_short(torch.cat(cycles).median().item()),
        probe_r2={name: _short(_r2(read_off[0][:, i], factors[:, i])) for i, name in enumerate(PROBED)},
        probe_r2_on_generated={
            name: _short(_r2(read_off[1][:, i], factors[:, i])) for i, name in enumerate(PROBED)
        },
        volcano_logit_spearman=_volcano_spearman(
            torch.cat(logits)[:, 0], factors, torch.from_numpy(images.classes)
        ),
    )


def mean(chunks: list[Tensor]) -> float:
    """The mean of all entries of all chunks, to six digits."""
    return _short(torch.cat(chunks).float().mean().item())


def _r2(estimate: Tensor, truth: Tensor) -> float:
    return 1 - (estimate - truth).square().mean().item() / max(truth.var().item(), 1e-9)


def _volcano_spearman(logit: Tensor, factors: Tensor, classes: Tensor) -> VolcanoSpearman:
    """The rank correlation of the volcano logit with each of its factors, over natural volcanoes."""
    volcanoes = classes == CLASSES.index("volcano")
    ranks = logit[volcanoes].argsort().argsort().double()

    def correlation(name: str) -> float:
        other = factors[volcanoes, PROBED.index(name)].argsort().argsort().double()
        return _short(torch.corrcoef(torch.stack([ranks, other]))[0, 1].item())

    return VolcanoSpearman(correlation("lava"), correlation("smoke"))
