"""Networks written by ``torch.export.save``: ``export:FILE.pt2``; none of their code is needed or run."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from inverset.sampler.zoo.errors import BadEntry, BadFile
from inverset.sampler.zoo.networks.archive import cleaned
from inverset.sampler.zoo.networks.checked import with_checks
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded
from inverset.sampler.zoo.networks.preprocessing import Preprocessing
from inverset.sampler.zoo.networks.state import within
from inverset.sampler.zoo.networks.weights import in_float32, narrow

_OTHER_BATCH = 3  # images, unlike any that a program is exported with by chance
_LARGEST_SIDE = 4096  # pixels of an image
_MOST_COMPUTED = 2**34  # bytes of all that is computed of those images; ResNet-152 computes a billion
_RELU = {torch.ops.aten.relu.default, torch.ops.aten.relu_.default}


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """An exported network with one argument, a batch of images (k, channels, height, width).

    Export it in evaluation mode, on the CPU, with a batch of any size::

        batch = torch.export.Dim("batch")
        program = torch.export.export(
            net.eval(), (torch.zeros(2, 3, 224, 224),), dynamic_shapes=({0: batch},)
        )
        torch.export.save(program, "net.pt2")

    ``torch.export.unflatten`` gives its modules back under their own paths, so that layers are named as in the original and read
    by hooks; only modules that did nothing are gone. What is in the file is looked at first, see ``archive``; after that it
    can still take long or fail, but not run code.

    Raises:
        BadFile: it is damaged, holds what would run code or is not understood, or takes something else than images.
    """
    if entry.weights is not None:
        raise BadEntry(f"{place} holds its own weights; leave weights out")
    path = within(folder, place)
    module, shape = _program(path)
    channels = shape[1]
    advice = _advice(module, shape)
    _try(path, in_float32(module), (_OTHER_BATCH, *shape[1:]), advice)
    letters = {1: "l", 3: "rgb"}.get(channels, "l" * channels)
    return Loaded(module, Preprocessing(size=(shape[2], shape[3]), channels=letters))


def _program(path: Path) -> tuple[nn.Module, tuple[int, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of its own future
            program = torch.export.load(cleaned(path))
            module = torch.export.unflatten(program)
            with_checks(module)
    except BadFile:
        raise
    except Exception as error:  # noqa: BLE001 - an untrusted graph can be wrong in any way
        raise BadFile(f"{path} cannot be read as an exported program: {_first_line(error)}") from None
    for name, value in {**program.state_dict, **program.constants}.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise BadFile(f"{path}: {name} holds values that are no finite numbers")
    _restore_rectifiers(module)
    return module, _input_shape(path, program)


def _advice(module: nn.Module, shape: Sequence[Any]) -> str:
    """Advice for a program that does not accept a batch of float32 images."""
    if kind := narrow(module):
        return f"; it computes in {kind}: export it in float32, after net.float()"
    if isinstance(shape[0], int):
        return '; export it with dynamic_shapes=({0: torch.export.Dim("batch")},)'
    return ""


def _input_shape(path: Path, program: torch.export.ExportedProgram) -> tuple[int, ...]:
    named = program.graph_signature.user_inputs
    inputs = [node.meta["val"] for node in program.graph.nodes if node.name in named]
    shape = tuple(inputs[0].shape) if len(inputs) == len(named) == 1 else ()
    if len(shape) != 4 or not all(isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in shape[1:]):
        raise BadFile(f"{path} takes something else than images of one size, (k, channels, height, width)")
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
        raise BadFile(f"{path} computes more than {_MOST_COMPUTED >> 30} GiB of {shape[0]} images") from None
    except Exception as error:  # noqa: BLE001 - an untrusted graph can fail in any way
        raise BadFile(
            f"{path} does not take a batch of {shape[0]} images: {_first_line(error)}{advice}"
        ) from None


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


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
