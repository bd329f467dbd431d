"""The released files: their paths, their checksums, and the networks in them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inverset.contract.decoding import decode
from inverset.contract.encoding import encode
from inverset.sampler.bundle import CodeStatistics
from inverset.sampler.zoo import statistics_file
from inverset.sampler.zoo.errors import CorruptWeights
from inverset.sampler.zoo.scenes.factors import PROBED
from inverset.sampler.zoo.scenes.figures import Figures
from inverset.sampler.zoo.scenes.networks import Networks

FOLDER = Path(__file__).parent / "weights"
SUMS = "SHA256SUMS"
NETWORKS, STATISTICS, CATALOGUE = "networks.safetensors", "statistics.safetensors", "catalogue.json"
PRIOR = "prior.safetensors"
FIGURES = "figures.json"


def networks(folder: Path = FOLDER, factors: int = len(PROBED)) -> Networks:
    """The three trained networks; frozen, float32, on the CPU.

    ``factors`` is how many the witness reads.

    Raises:
        CorruptWeights: the file is not the released one.
    """
    nets = Networks(factors)
    nets.load_state_dict(
        {name: value.float() for name, value in load_file(checked(folder, NETWORKS)).items()}
    )
    return nets.eval().requires_grad_(requires_grad=False)


def statistics(folder: Path = FOLDER, device: torch.device | str = "cpu") -> CodeStatistics:
    """The statistics of the reference codes, on a device."""
    return replace(statistics_file.read(checked(folder, STATISTICS), device), floor=0.0)


def prior(folder: Path = FOLDER) -> dict[str, Tensor]:
    """The weights of the flow over codes, by name."""
    return load_file(checked(folder, PRIOR))


def save_prior(state: Mapping[str, Tensor], folder: Path) -> None:
    """Store the weights of the flow over codes."""
    save_file(dict(state), folder / PRIOR)
    seal(folder)


def catalogue(folder: Path = FOLDER) -> dict[str, Any]:
    """The catalogue of the model, with each neuron's reference quantiles."""
    content: dict[str, Any] = json.loads(checked(folder, CATALOGUE).read_text())
    return content


def figures(folder: Path = FOLDER) -> Figures:
    """The figures of the networks on held-out images."""
    return decode(Figures, json.loads(checked(folder, FIGURES).read_text()))


def save_figures(measured: Figures, folder: Path) -> None:
    """Store the figures of the networks."""
    (folder / FIGURES).write_text(json.dumps(encode(measured), indent=1) + "\n")


def save_networks(nets: nn.Module, folder: Path) -> None:
    """Store the networks in half precision; loaded networks compute with exactly these values."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {
        name: value.detach().cpu().contiguous().to(torch.float16) for name, value in nets.state_dict().items()
    }
    save_file(halves, folder / NETWORKS)
    seal(folder)


def seal(folder: Path) -> None:
    """Write the SHA-256 of every released file so far."""
    lines = [
        f"{_sha256(path)}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.suffix in {".safetensors", ".json"}
    ]
    (folder / SUMS).write_text("".join(lines))


def sums(folder: Path = FOLDER) -> dict[str, str]:
    """The released SHA-256 of each file, by name."""
    return {
        name: digest for digest, name in (line.split() for line in (folder / SUMS).read_text().splitlines())
    }


def checked(folder: Path, name: str) -> Path:
    """The path of a released file, with its SHA-256 checked."""
    path, expected = folder / name, sums(folder)[name]
    actual = _sha256(path)
    if actual != expected:
        raise CorruptWeights(path, expected, actual)
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
