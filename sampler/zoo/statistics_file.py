"""The file of a model's code statistics: a safetensors file, read and written here alone."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics


def write(statistics: CodeStatistics, path: Path) -> None:
    """Write the statistics; what is None is left out."""
    values = ((each.name, getattr(statistics, each.name)) for each in fields(statistics))
    save_file({name: _tensor(value) for name, value in values if value is not None}, path)


def read(path: Path, device: torch.device | str) -> CodeStatistics:
    """The statistics in a file, on a device."""
    stored = load_file(path)
    axes = stored.get("axes")
    return CodeStatistics(
        mean=stored["mean"].to(device),
        axes=None if axes is None else axes.to(device),
        scales=stored["scales"].to(device),
        floor=_number(stored, "floor"),
        norm_limit=float(stored["norm_limit"]),
        cycle_limit=_number(stored, "cycle_limit"),
        ceiling=_number(stored, "ceiling"),
    )


def _tensor(value: Tensor | float) -> Tensor:
    return (value if isinstance(value, Tensor) else torch.tensor(value)).cpu().contiguous()


def _number(stored: Mapping[str, Tensor], name: str) -> float | None:
    return float(stored[name]) if name in stored else None
