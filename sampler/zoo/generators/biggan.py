"""``biggan:FOLDER``: generators of BigGAN-deep, from ``config.json`` and weights as pytorch-pretrained-biggan published them.

A code is noise, then, where the class is left to it, an embedding: what lies between classes can be painted too (Nguyen et al. 2020).
All entries lie within 2 of 0: noise as far as it was drawn at the truncation, embeddings as far as those of any class.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from inverset.sampler.zoo import hub
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.generators.biggan_network import WIDEST, Painter, Plan, Stage
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, chosen, of_files
from inverset.sampler.zoo.networks.state import tensors
from inverset.sampler.zoo.parts import Generator, Prior

_BOUND = 2.0  # of entries: noise was drawn from a normal distribution cut off there
_DEVIATION = 0.88  # of that distribution
_LONGEST = 1_000_000  # bytes of a configuration
_FILES = ("model.safetensors", "pytorch_model.safetensors", "pytorch_model.bin")
_RGB = 3


@dataclass(frozen=True)
class Options:
    """Options of a BigGAN generator."""

    truncation: float = 1.0  # in (0, 1]: less variety for images that look better
    label: int = -1  # a class; -1: its embedding is part of the code


class Conditional(nn.Module):
    """G: maps codes (k, d) in [-2, 2] to images (k, 3, side, side) in [0, 1]."""

    centre: Tensor
    reach: Tensor

    def __init__(self, painter: Painter, noise: int, truncation: float, taught: Tensor, label: int) -> None:
        """Take the embeddings of all classes (n, e); ``label`` < 0 leaves the class to the code."""
        super().__init__()
        self.painter, self.noise, self.truncation = painter, noise, truncation
        least, most = taught.amin(dim=0), taught.amax(dim=0)
        free = label < 0
        self.entries = noise + (taught.shape[1] if free else 0)
        self.register_buffer(
            "centre", (least + most) / 2 if free else taught[label].clone(), persistent=False
        )
        self.register_buffer("reach", (most - least) / 2, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """The images of these codes."""
        embeddings = self.centre.expand(len(codes), -1)
        if self.entries > self.noise:
            embeddings = embeddings + self.reach * codes[:, self.noise :] / _BOUND
        painted: Tensor = self.painter(codes[:, : self.noise] * self.truncation, embeddings)
        return painted / 2 + 0.5


def load(place: str, entry: GeneratorEntry, folder: Path) -> Generator:
    """The generator in a folder, absolute or below ``folder``, or in a repository of the hub that holds safetensors.

    Raises:
        ZooError: there are no files, an option is invalid, or the files are damaged, of another network or another size.
    """
    options = chosen(entry, Options)
    where = hub.fetch(place, ("config.json", "*.safetensors"), near=folder)
    try:
        plan = _plan(where / "config.json")
        path = next((where / name for name in _FILES if (where / name).is_file()), None)
        if path is None:
            raise UnusableGenerator(f"{where} holds no weights: {', '.join(_FILES)}")
        module, taught = _read(plan, tensors(path), options)
    except (OSError, ValueError, KeyError, TypeError, IndexError, OverflowError, RuntimeError) as error:
        raise UnusableGenerator(f"{where} holds no generator of BigGAN-deep: {_described(error)}") from None
    if entry.size not in {None, (plan.side, plan.side)}:
        raise UnusableGenerator(f"{entry.source} makes {plan.side} x {plan.side} pixels only")
    return Generator(
        module=module,
        code=(module.entries,),
        size=(plan.side, plan.side),
        prior=_prior(module, taught),
        sha256=of_files([where / "config.json", path]),
        floor=-_BOUND,
        ceiling=_BOUND,
    )


def _plan(path: Path) -> Plan:
    if path.stat().st_size > _LONGEST:
        raise ValueError("its configuration is too long")
    about = json.loads(path.read_text())
    stages = [Stage(bool(doubles), _count(inner), _count(outer)) for doubles, inner, outer in about["layers"]]
    plan = Plan(
        noise=_count(about["z_dim"]),
        embedding=_count(about["class_embed_dim"]),
        width=_count(about["channel_width"]),
        stages=stages,
        attention=int(about["attention_layer_position"]),
        eps=float(about["eps"]),
    )
    widths = [WIDEST, *(stage.outer for stage in stages)]
    if [stage.inner for stage in stages] != widths[:-1] or widths[-1] != 1:
        raise ValueError("its layers do not fit together")
    return plan


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**20:
        raise ValueError(f"{value!r} is not a number of channels or entries")
    return value


def _read(plan: Plan, weights: Mapping[str, Tensor], options: Options) -> tuple[Conditional, Tensor]:
    """The generator with the file's tensors, and all classes' embeddings (n, e)."""
    if not 0 < options.truncation <= 1:
        raise ValueError(f"truncation lies in (0, 1], and {options.truncation} does not")
    rest = dict(weights)
    taught = rest.pop("embeddings.weight").T.contiguous().float()
    if taught.dim() != 2 or taught.shape[1] != plan.embedding or len(taught) == 0:
        raise ValueError(f"class embeddings are {tuple(taught.shape)}, not (classes, {plan.embedding})")
    if options.label >= len(taught):
        raise ValueError(f"it has {len(taught)} classes, numbered from 0, and none of number {options.label}")
    state = _flattened(rest, options.truncation, plan.eps)
    with torch.device("meta"):  # nothing of the configured size is allocated before both agree
        painter = Painter(plan)
    painter.load_state_dict(
        {name.removeprefix("generator."): value for name, value in state.items()}, assign=True
    )
    label = 0 if len(taught) == 1 else options.label
    module = Conditional(painter, plan.noise, options.truncation, taught, label)
    return module, taught


def _flattened(weights: Mapping[str, Tensor], truncation: float, eps: float) -> dict[str, Tensor]:
    """The weights divided by their spectral norm, and the statistics at the truncation, as inference needs them."""
    state: dict[str, Tensor] = {}
    for name, value in weights.items():
        layer, _, last = name.rpartition(".")
        if last == "weight_orig":
            state[f"{layer}.weight"] = _normed(
                value, weights[f"{layer}.weight_u"], weights.get(f"{layer}.weight_v")
            )
        elif last == "running_means":
            state[f"{layer}.mean"] = _between(value, truncation)
        elif last == "running_vars":
            state[f"{layer}.deviation"] = (_between(value, truncation) + eps).sqrt()
        elif last not in {"weight_u", "weight_v"}:
            state[name] = value
    for last in ("weight", "bias"):  # of its output, colours alone are used
        state[f"generator.conv_to_rgb.{last}"] = state[f"generator.conv_to_rgb.{last}"][:_RGB].clone()
    if bad := next((name for name, value in state.items() if not bool(value.isfinite().all())), None):
        raise BadFile(f"{bad} is not finite after normalisation")
    return state


def _normed(weight: Tensor, left: Tensor, right: Tensor | None) -> Tensor:
    """A weight divided by its largest singular value, which these vectors, left over from training, give."""
    rows = weight.flatten(1)
    if right is None:
        right = rows.T @ left
        right = right / right.norm()
    return weight / torch.dot(left, rows @ right)


def _between(table: Tensor, truncation: float) -> Tensor:
    """The statistics (channels,) at a truncation, interpolated between those at 0, 1 / (n - 1), ..., 1: (n, channels)."""
    place = truncation * (len(table) - 1)
    low = min(int(place), max(0, len(table) - 2))
    return torch.lerp(table[low], table[min(low + 1, len(table) - 1)], place - low)


def _prior(module: Conditional, taught: Tensor) -> Prior:
    """The prior of the codes: noise as it was drawn in training, and embeddings with the spread of the classes."""
    mean, scales = torch.zeros(module.noise), torch.full((module.noise,), _DEVIATION)
    if module.entries > module.noise:
        unit = module.reach.clamp_min(1e-6) / _BOUND
        mean = torch.cat([mean, (taught.mean(dim=0) - module.centre) / unit])
        scales = torch.cat([scales, (taught.std(dim=0) / unit).clamp_min(1e-3)])
    return Prior(mean, scales)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"
