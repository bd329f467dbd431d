"""The operators that an untrusted exported program may call: those in ``operators.txt`` only.

The list began as PyTorch's core ATen operators (``torch.Tag.core``), with what torchvision's and timm's networks export to. Left out are
those that

* trust their arguments: what is given to them may make them read or write beyond their tensors (``_reshape_alias``, ``segment_reduce``
  with ``unsafe``, ``_fft_r2c``); those that networks need all the same are called through the checks of ``checked``;
* give memory as it lies there (``empty``), or random numbers (``rand``, ``native_dropout``): no function of the image;
* are derivatives, or reach further than tensors: files, threads, the process (``from_file``, ``set_grad_enabled``).

PyTorch counts a graph as code, and a name under ``torch.ops.aten`` is no promise.
"""

import re
from functools import cache
from importlib.resources import files

import torch

from inverset.sampler.zoo.errors import BadFile

_OPERATOR = re.compile(r"torch\.ops\.(aten|prims|torchvision)\.([A-Za-z]\w*|_\w+)\.([A-Za-z]\w*)", re.ASCII)
_ARITHMETIC = re.compile(
    r"_operator\.(add|sub|mul|floordiv|truediv|mod|neg|getitem|eq|ne|lt|le|gt|ge|and_|or_|not_)"
    r"|torch\.sym_(max|min|not|float|int|ite|sum)"
)
_UNSAFE = "unsafe"  # begins the names of arguments that switch checks off


@cache
def known() -> frozenset[str]:
    """The operators that may be called, with names such as ``aten.relu.default``."""
    lines = files(__package__).joinpath("operators.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":") for line in lines if line and not line.startswith("#"))
    return frozenset(f"{name}.{overload}" for name, overloads in pairs for overload in overloads.split())


def look_at(text: str) -> None:
    """Raises BadFile where a graph must not call the operator of this name."""
    if _ARITHMETIC.fullmatch(text):
        return
    match = _OPERATOR.fullmatch(text)
    name = ".".join(match.groups()) if match else ""
    if name not in known():
        raise BadFile(
            f"it calls {text[:80]!r}, which is not an operation of plain networks; "
            "export the network with torch.export.export only, in evaluation mode"
        )
    operator = operator_of(name)
    if operator is None:
        raise BadFile(f"it calls {text[:80]!r}, which this version of PyTorch does not have")
    if any(argument.name.startswith(_UNSAFE) for argument in operator._schema.arguments):  # noqa: SLF001 - has no other name
        raise BadFile(f"it calls {text[:80]!r}, whose checks can be switched off")


def operator_of(name: str) -> torch._ops.OpOverload | None:
    """The operator with a name such as ``aten.relu.default``; None: this PyTorch has none."""
    namespace, operator, overload = name.split(".")
    candidate = getattr(getattr(getattr(torch.ops, namespace), operator, None), overload, None)
    return candidate if isinstance(candidate, torch._ops.OpOverload) else None  # noqa: SLF001 - likewise
