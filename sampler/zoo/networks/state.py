"""Reads tensors from untrusted files: safetensors and files of torch.save, without running anything in them."""

import argparse
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inverset.sampler.zoo.errors import BadFile, plain
from inverset.sampler.zoo.networks.tables import tables

_CODE = re.compile(r"(?:GLOBAL|class) ([\w.]+)")  # what torch's unpickler refuses, in its own words
_LONGEST_HEADER = 100_000_000  # bytes, as the safetensors format has it


def within(folder: Path, name: str) -> Path:
    """The path of a file that an entry names, relative to the entry's folder.

    Raises:
        BadFile: it is not there.
    """
    path = folder / Path(name).expanduser()
    if not path.is_file():
        raise BadFile(f"there is no file {path}")
    return path


def tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file with one table of them, by name, on the CPU; of a checkpoint, its ``state_dict`` or ``model``.

    Raises:
        BadFile: it is damaged, holds something else, or numbers that are not finite.
    """
    holds = contents(path)
    candidates = dict(tables(holds))
    if isinstance(holds, dict) and all(isinstance(value, Tensor) for value in holds.values()):
        table: Mapping[str, Tensor] | None = holds
    elif len(candidates) == 1:
        (table,) = candidates.values()
    else:
        table = candidates.get("state_dict", candidates.get("model"))
    if table is None:
        raise BadFile(f"{path} holds no state_dict, which maps names to tensors")
    for name, value in table.items():
        look_at_storage(path, name, value)
    check_finite(path, table)
    return dict(table)


def contents(path: Path) -> object:
    """The contents of a file, on the CPU: a table of tensors, or a checkpoint with such tables.

    A ``.safetensors`` file holds numbers alone, and its header is held against the file's length before anything is
    allocated. Any other is read by ``torch.load(weights_only=True)``, whose unpickler makes tensors, containers of them and the
    plain ``argparse.Namespace`` that training scripts save beside them, and refuses all else.

    Raises:
        BadFile: it is damaged, or holds what would run code.
    """
    return _safetensors(path) if path.suffix == ".safetensors" else _checkpoint(path)


def check_finite(path: Path, table: Mapping[str, Tensor]) -> None:
    """Raises BadFile where a tensor has values that are not finite."""
    for name, value in table.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise BadFile(f"{path}: {plain(name)} has values that are not finite")


def look_at_storage(path: Path, name: str, value: Tensor) -> None:
    """Check that a tensor is no larger than its stored numbers: reading all of it would need that much memory.

    Raises:
        BadFile: the tensor is no plain one, or larger than what is stored of it.
    """
    is_plain = (
        type(value) in {Tensor, nn.Parameter} and value.layout is torch.strided and value.device.type == "cpu"
    )
    if not is_plain or value.is_quantized:
        raise BadFile(f"{path}: {plain(name)} is not a plain tensor of numbers")
    if value.numel() * value.itemsize > value.untyped_storage().nbytes():
        raise BadFile(f"{path}: {plain(name)} is larger than its stored data")


def _safetensors(path: Path) -> dict[str, Tensor]:
    _look_at_header(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise BadFile(f"{path} is no whole safetensors file: {error}") from None


def _look_at_header(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length > min(size - 8, _LONGEST_HEADER):
            raise BadFile(f"{path} is not a complete safetensors file: it is shorter than its header states")
        try:
            header = json.loads(stream.read(length))
        except (ValueError, RecursionError):
            raise BadFile(f"{path} is not a safetensors file: its header is not JSON") from None
    if not isinstance(header, dict):
        raise BadFile(f"{path} is not a safetensors file: its header is not a table")


def look_at_records(path: Path) -> None:
    """Check the zip file of a checkpoint: no TorchScript program, and not compressed, which torch.save never does. Raises BadFile."""
    try:
        if not zipfile.is_zipfile(path):  # raises, too: of a damaged directory of records
            return  # as torch.save wrote before 1.6; its storages are read from the file as it stands
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist()]
            inside = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise BadFile(f"{path} is damaged: {error}") from None
    if any(name.endswith("/constants.pkl") for name in names):
        raise BadFile(f"{path} is a TorchScript program, not weights; save its state_dict()")
    if inside > path.stat().st_size:
        raise BadFile(f"{path} has contents that are larger than the file")


def _checkpoint(path: Path) -> object:
    look_at_records(path)
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals([argparse.Namespace]):
            warnings.simplefilter("ignore")  # of pickles in other protocols than its own
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - an untrusted file can be wrong in any way
        raise BadFile(f"{path} {refused(str(error) or type(error).__name__)}") from None


def refused(message: str) -> str:
    """A sentence on why torch does not read a file; torch's own messages are long and coloured."""
    if code := _CODE.search(plain(message, len(message))):
        return (
            f"holds more than weights: a {code[1]}, which is code and is not run; load it where that code is installed and save "
            "its state_dict(), preferably as safetensors"
        )
    first = plain(message.strip().splitlines()[0] if message.strip() else message)
    return (
        f"holds more than weights, or is damaged ({first}); save its state_dict(), preferably as safetensors"
    )
