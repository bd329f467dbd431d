"""Programs written by ``torch.export.save``: read as modules, without any of their code being run.

What is in the file is looked at first, see ``archive``; after that it can still take long or fail, but not run code.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from inverset.contract.errors import first_line
from inverset.sampler.zoo.errors import BadFile
from inverset.sampler.zoo.networks.archive import cleaned
from inverset.sampler.zoo.networks.checked import with_checks
from inverset.sampler.zoo.networks.weights import in_float32, narrow

_OTHER_BATCH = 3  # rows, unlike any that a program is exported with by chance
_LARGEST_SIDE = 4096  # entries of a side of the input
_MOST_COMPUTED = 2**34  # bytes of all that is computed of those rows; ResNet-152 computes a billion
_RELU = {torch.ops.aten.relu.default, torch.ops.aten.relu_.default}


class Program(NamedTuple):
    """A program with one input, a batch."""

    path: Path
    module: nn.Module  # its layers lie under their own paths, and can be read by hooks
    shape: tuple[Any, ...]  # of the input; its first entry is a number only if the batch is fixed

    def in_float32(self) -> nn.Module:
        """The module in float32, tried on a batch.

        Raises:
            BadFile: it does not take a batch of any size, or computes too much.
        """
        advice = _advice(self.module, self.shape)
        module = in_float32(self.module)
        _try(self.path, module, (_OTHER_BATCH, *self.shape[1:]), advice)
        return module


def read(path: Path, dimensions: Sequence[int], expected: str) -> Program:
    """The program in a file.

    ``torch.export.unflatten`` gives its modules back under their own paths, so that layers are named as in the original; only
    modules that did nothing are gone.

    Args:
        path: of the file.
        dimensions: how many its input may have.
        expected: what that input is, in words.

    Raises:
        BadFile: it is damaged, holds what would run code or is not understood, or takes something else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own future
            program = torch.export.load(cleaned(path))
            module = torch.export.unflatten(program)
            with_checks(module)
    except BadFile:
        raise
    except Exception as error:  # noqa: BLE001 - an untrusted graph can be wrong in any way
        raise BadFile(f"{path} cannot be read as an exported program: {first_line(error)}") from None
    for name, value in {**program.state_dict, **program.constants}.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise BadFile(f"{path}: {name} has values that are not finite")
    _restore_rectifiers(module)
    return Program(path, module, _input_shape(path, program, dimensions, expected))


def _advice(module: nn.Module, shape: Sequence[Any]) -> str:
    """Advice for a program that does not accept a batch in float32."""
    if kind := narrow(module):
        return f"; it computes in {kind}: export it in float32, after net.float()"
    if isinstance(shape[0], int):
        return '; export it with dynamic_shapes=({0: torch.export.Dim("batch")},)'
    return ""


def _input_shape(
    path: Path, program: torch.export.ExportedProgram, dimensions: Sequence[int], expected: str
) -> tuple[Any, ...]:
    named = program.graph_signature.user_inputs
    inputs = [node.meta["val"] for node in program.graph.nodes if node.name in named]
    shape = tuple(inputs[0].shape) if len(inputs) == len(named) == 1 else ()
    if len(shape) not in dimensions or not all(
        isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in shape[1:]
    ):
        raise BadFile(f"{path} takes something else than {expected}")
    return shape


class _Counting(TorchDispatchMode):
    """Sums the computation, and stops it above a limit."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        _types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        self.bytes += sum(leaf.nbytes for leaf in tree_leaves(made) if isinstance(leaf, Tensor))
        if self.bytes > _MOST_COMPUTED:
            raise _TooLarge
        return made


class _TooLarge(Exception):
    pass


@torch.no_grad()
def _try(path: Path, module: nn.Module, shape: tuple[int, ...], advice: str) -> None:
    """Compute a batch, first without data, because an untrusted graph may need more memory than there is."""
    try:
        with FakeTensorMode(allow_non_fake_inputs=True, allow_fallback_kernels=False), _Counting():
            module(torch.zeros(shape))
        module(torch.zeros(shape))
    except _TooLarge:
        raise BadFile(
            f"{path} computes more than {_MOST_COMPUTED >> 30} GiB of a batch of {shape[0]}"
        ) from None
    except Exception as error:  # noqa: BLE001 - an untrusted graph can fail in any way
        raise BadFile(f"{path} does not take a batch of {shape[0]}: {first_line(error)}{advice}") from None


def _restore_rectifiers(module: nn.Module) -> None:
    """Replace ReLUs by torch's own: not in place, and known to the sampler, which activates dead neurons."""
    for name, layer in list(module.named_modules()):
        graph = getattr(layer, "graph", None)
        if name and graph is not None:
            steps = [node.target for node in graph.nodes if node.op == "call_function"]
            others = [
                node for node in graph.nodes if node.op not in {"placeholder", "call_function", "output"}
            ]
            if len(steps) == 1 and steps[0] in _RELU and not others:
                module.set_submodule(name, nn.ReLU())
