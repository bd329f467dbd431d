"""Reads untrusted exported programs (.pt2) so that nothing in them runs.

``torch.export.load`` must not be given such a file. In PyTorch 2.14 it runs the file's content in these ways (from its source):

* sample inputs, and weights and constants marked ``use_pickle``, go through ``torch.load(weights_only=False)``, at once or after a
  failure; constants called ``opaque_obj`` through ``pickle.loads``, those called ``custom_obj`` through torch's own unpickler;
* ``data/aotinductor/`` holds shared libraries, which are loaded;
* sizes are expressions for ``sympy.sympify``, which evaluates them as Python;
* an operator is any attribute of ``torch``, ``operator`` or ``math``, found by its dotted path (``torch.os.system`` is one);
* ``guards_code`` is Python, and names of nodes and arguments become Python when the graph is printed as code and executed;
* shapes of arguments may name a module and an attribute to import (``__enum__``, default factories);
* names of nodes are written into the code that a graph becomes: ``torch.load`` as a name would assign to just that;
* a record may say that it is empty and yet of any size, which is then allocated, and one number may be a tensor of any size.

So an archive is taken apart by Python's zipfile and only what is understood is put into a new one, which PyTorch then reads: the
weights as numbers, and the graph once every string in it was checked to be harmless. Zip files can be read in two ways; PyTorch never
sees the untrusted one.
"""

import io
import json
import keyword
import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inverset.contract.decoding import decode
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks import operators

_RECORDS = 20_000
_LONGEST = 64_000_000  # bytes of the graph, or of a table of weights
_MOST_OPENED = 2_000_000  # lists and tables in it: each takes twenty times its room in the file
_FEW = 2**20  # entries of a tensor that may be more than its record holds
_LONGEST_TEXT = 2_000  # characters of an expression or a stack of modules
_GRAPH, _SAMPLES = "models/model.json", "data/sample_inputs/model.pt"
_PAYLOADS = {"data/weights/": "model_weights_config.json", "data/constants/": "model_constants_config.json"}
_KEPT = ("archive_format", "archive_version", "byteorder", ".data/version")

_NAME = re.compile(r"(?!__)[A-Za-z_0-9]*(\.(?!__)[A-Za-z_0-9]+)*")
_LOCAL = re.compile(r"(?!__)[A-Za-z_]?[A-Za-z_0-9]*")  # of a node: no attribute of anything
_STACK = re.compile(r"""[\w.,;@\[\]'"<>]*""", re.ASCII)
_EXPRESSION = re.compile(  # possessive: in one pass
    r"(?:Symbol\('[su]\d+'|(?:positive|integer|nonnegative)=True"
    r"|(?:Integer|Rational|Mul|Add|Min|Max|Mod|PythonMod|FloorDiv|CeilDiv|CleanDiv|ModularIndexing|IntTrueDiv|TruncToInt"
    r"|Eq|Equality|Ne|Unequality|GreaterThan|LessThan|StrictGreaterThan|StrictLessThan|And|Or|Not)\("
    r"|[su]\d++|\d++|[-+(), ]|\*(?!\*)|//?|true|false|True|False)*+"
)
_NO_NUMBERS = {"Infinity", "-Infinity", "NaN"}  # which JSON has no numbers for
_PLAIN_SPECS = {"builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict", None}


@dataclass(frozen=True)
class _Number:
    """A size or a stride of a tensor."""

    as_int: int | None = None  # None: it is an expression

    @property
    def fixed(self) -> int:
        """The number, which was found to be one."""
        assert self.as_int is not None  # noqa: S101 - checked first
        return self.as_int


@dataclass(frozen=True)
class _Device:
    type: str


@dataclass(frozen=True)
class _Tensor:
    """The shape of a tensor in a record."""

    dtype: int
    sizes: tuple[_Number, ...]
    strides: tuple[_Number, ...]
    storage_offset: _Number
    device: _Device


@dataclass(frozen=True)
class _Payload:
    """A weight or a constant: its record, and how that is read."""

    path_name: str
    use_pickle: bool
    tensor_meta: _Tensor | None


@dataclass(frozen=True)
class _Payloads:
    """A table of weights or constants, by their names."""

    config: Mapping[str, _Payload]


@dataclass(frozen=True)
class _Spec:
    """A container of arguments."""

    type: str | None
    context: str | None
    children_spec: tuple[Any, ...]


def cleaned(path: Path) -> io.BytesIO:
    """The archive in a form that is safe for PyTorch to read.

    Raises:
        BadFile: it is damaged, larger inside than outside, or holds what would run or is not understood.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _rebuilt(_records(archive, path.stat().st_size))
    except BadFile as error:
        raise BadFile(f"{path} is not read: {error}") from None
    except Exception as error:  # noqa: BLE001 - an untrusted file can be wrong in any way
        raise BadFile(f"{path} is no whole exported program: {error}") from None


def _records(archive: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    """The known records of the archive, by name without torch's top folder."""
    infos = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
        raise BadFile("torch.export.save compresses nothing, and this is compressed")
    if len(infos) > _RECORDS or sum(info.file_size for info in infos) > size:
        raise BadFile("its contents are larger than the file")
    by_name = {info.filename.partition("/")[2] or info.filename: info for info in infos}
    if len(by_name) != len(infos):
        raise BadFile("two records have one name")
    if any(name.startswith("data/aotinductor/") for name in by_name):
        raise BadFile("it holds compiled code; export the network itself, with torch.export.save")
    missing = {_GRAPH, *(folder + config for folder, config in _PAYLOADS.items())} - set(by_name)
    if missing:
        raise BadFile(
            f"it is not a program that this version of PyTorch can read: {', '.join(sorted(missing))} missing"
        )
    kept: dict[str, bytes] = {name: archive.read(by_name[name]) for name in _KEPT if name in by_name}
    kept[_GRAPH] = _graph(_parsed(archive, by_name[_GRAPH]))
    for folder, config in _PAYLOADS.items():
        table = _parsed(archive, by_name[folder + config])
        kept[folder + config] = json.dumps(table).encode()
        for name in dict.fromkeys(_payloads(decode(_Payloads, table), folder, by_name)):
            kept[name] = archive.read(by_name[name])
    return {**kept, _SAMPLES: b""}


def _parsed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """The JSON of a record."""
    content = archive.read(info) if info.file_size <= _LONGEST else b""
    if not content or content.count(b"[") + content.count(b"{") > _MOST_OPENED:
        raise BadFile(f"{info.filename[:80]} is empty or too long")
    return json.loads(content)


def _rebuilt(records: Mapping[str, bytes]) -> io.BytesIO:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content in records.items():
            archive.writestr(f"program/{name}", content)
    whole.seek(0)
    return whole


def _payloads(table: _Payloads, folder: str, by_name: Mapping[str, zipfile.ZipInfo]) -> Iterator[str]:
    """The records named by a table of weights or constants, each checked to be plain numbers of the stated length."""
    for name, about in table.config.items():
        place, meta = about.path_name, about.tensor_meta
        if about.use_pickle or place.startswith(("custom_obj", "opaque_obj")) or meta is None:
            raise BadFile(f"{name} is a pickled object, not plain numbers")
        if not _NAME.fullmatch(place) or folder + place not in by_name:
            raise BadFile(f"{name} is missing")
        if meta.device.type != "cpu":
            raise BadFile("it was exported on another device; export it on the CPU")
        _fits(name, meta, by_name[folder + place].file_size)
        yield folder + place


def _fits(name: str, meta: _Tensor, held: int) -> None:
    from torch._export.serde.schema import ScalarType  # noqa: PLC0415 - heavy
    from torch._export.serde.serialize import deserialize_scalar_type  # noqa: PLC0415 - heavy

    numbers = [*meta.sizes, *meta.strides, meta.storage_offset]
    if not all(number.as_int is not None and 0 <= number.as_int < 2**40 for number in numbers):
        raise BadFile(f"{name} has no fixed shape")
    sizes = [number.fixed for number in meta.sizes]
    reach = sum((n - 1) * step.fixed for n, step in zip(sizes, meta.strides, strict=True))
    entries = 0 if 0 in sizes else meta.storage_offset.fixed + reach + 1
    size = deserialize_scalar_type(ScalarType(meta.dtype)).itemsize
    if entries * size > held or (math.prod(sizes) * size > held and math.prod(sizes) > _FEW):
        raise BadFile(f"{name} is shorter than its shape {sizes}")


def _graph(program: dict[str, Any]) -> bytes:
    """The graph without unneeded parts, after the rest was checked to be harmless."""
    program["guards_code"] = []
    for node in program["graph_module"]["graph"]["nodes"]:
        stack = node["metadata"].get("nn_module_stack")
        node["metadata"] = {} if stack is None else {"nn_module_stack": stack}
    program["graph_module"]["metadata"] = {}
    for key, text in _texts(program, ""):
        _look_at(key, text)
    return json.dumps(program).encode()


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Every string with its key; also the keys."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield "", name
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield key, value


def _look_at(key: str, text: str) -> None:
    if key in {"in_spec", "out_spec"}:
        _look_at_spec(json.loads(text))
    elif key in {"target", "as_operator"}:
        operators.look_at(text)
    elif key in {"expr_str", "nn_module_stack"}:
        pattern = _EXPRESSION if key == "expr_str" else _STACK
        if len(text) > _LONGEST_TEXT or not pattern.fullmatch(text):
            raise BadFile(f"it holds the unusual {key} {text[:80]!r}")
    elif key in {"name", "as_name"}:
        if not _LOCAL.fullmatch(text) or keyword.iskeyword(text):
            raise BadFile(f"it holds the unusual name {text[:80]!r}")
    elif key in {"as_float", "as_floats"}:
        if text not in _NO_NUMBERS:
            raise BadFile(f"it holds the unusual number {text[:80]!r}")
    elif key not in {"as_string", "as_strings", "torch_version"} and not _NAME.fullmatch(text):
        raise BadFile(f"it holds the unusual name {text[:80]!r}")


def _look_at_spec(spec: Any) -> None:
    """Check the nesting of arguments, [1, {type, context, children_spec}]: plain containers only."""
    pending = [spec[1]]
    while pending:
        node = decode(_Spec, pending.pop())
        plain = node.context is None or not isinstance(json.loads(node.context), dict)
        if node.type not in _PLAIN_SPECS or not plain or "__enum__" in str(node.context):
            raise BadFile(f"its arguments are of the type {str(node.type)[:80]!r}")
        pending += node.children_spec
