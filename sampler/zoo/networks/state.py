"""Reads tensors from files of strangers: safetensors, and what torch.save wrote, without running anything in them."""

import json
import struct
import warnings
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from sampler.zoo.errors import BadFile

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
    """All tensors of a file, by name, on the CPU.

    A ``.safetensors`` file holds numbers alone, and its header is held against the file's length before anything is
    allocated. Any other is read by ``torch.load(weights_only=True)``, whose unpickler makes tensors and containers of them and
    refuses all else; a whole checkpoint's ``state_dict`` or ``model`` is taken out of it.

    Raises:
        BadFile: it is damaged, holds something else, or numbers that are not finite.
    """
    found = _safetensors(path) if path.suffix == ".safetensors" else _checkpoint(path)
    for name, value in found.items():
        look_at_storage(path, name, value)
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise BadFile(f"{path}: {name} holds values that are no finite numbers")
    return found


def look_at_storage(path: Path, name: str, value: Tensor) -> None:
    """A checkpoint may say that one number is a matrix of any size; whoever looks at all of it then needs all that memory.

    Raises:
        BadFile: the tensor is no plain one, or larger than what is stored of it.
    """
    plain = (
        type(value) in {Tensor, nn.Parameter} and value.layout is torch.strided and value.device.type == "cpu"
    )
    if not plain or value.is_quantized:
        raise BadFile(f"{path}: {str(name)[:80]} is no plain tensor of numbers")
    if value.numel() * value.itemsize > value.untyped_storage().nbytes():
        raise BadFile(f"{path}: {str(name)[:80]} is larger than what is stored of it")


def fill(module: nn.Module, path: Path) -> None:
    """Give a network the tensors of a file.

    Raises:
        BadFile: they are not this network's; the message names some that are missing, unknown or of another shape.
    """
    try:
        module.load_state_dict(tensors(path))
    except RuntimeError as wrong:
        lines = [line.strip() for line in str(wrong).splitlines()[1:]]
        raise BadFile(f"{path} is not of this network: {' '.join(lines)[:600]}") from None


def _safetensors(path: Path) -> dict[str, Tensor]:
    _look_at_header(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as wrong:
        raise BadFile(f"{path} is no whole safetensors file: {wrong}") from None


def _look_at_header(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length > min(size - 8, _LONGEST_HEADER):
            raise BadFile(f"{path} is no whole safetensors file: it is shorter than its header says")
        try:
            header = json.loads(stream.read(length))
        except (ValueError, RecursionError):
            raise BadFile(f"{path} is no safetensors file: its header is no JSON") from None
    if not isinstance(header, dict):
        raise BadFile(f"{path} is no safetensors file: its header is no table")


def look_at_records(path: Path) -> None:
    """torch.save compresses nothing: a zip file that grows when it is read is not its work. Raises BadFile."""
    try:
        if not zipfile.is_zipfile(path):  # raises, too: of a damaged directory of records
            return  # as torch.save wrote before 1.6; its storages are read from the file as it stands
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist()]
            inside = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as wrong:
        raise BadFile(f"{path} is damaged: {wrong}") from None
    if any(name.endswith("/constants.pkl") for name in names):
        raise BadFile(f"{path} is a TorchScript program, not weights; save its state_dict()")
    if inside > path.stat().st_size:
        raise BadFile(f"{path} is larger inside than outside")


def _checkpoint(path: Path) -> dict[str, Tensor]:
    look_at_records(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles in other protocols than its own
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as wrong:  # noqa: BLE001 - a stranger's file can be wrong in any way
        said = str(wrong).strip().splitlines()
        raise BadFile(
            f"{path} holds more than weights, or is damaged ({said[0] if said else type(wrong).__name__}); "
            "save its state_dict, best as safetensors"
        ) from None
    for key in ("state_dict", "model"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise BadFile(f"{path} holds no state_dict, which maps names to tensors")
    return found
