"""The exact surrogate: the network from E on, if all neurons lie behind E."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from inverset.sampler.directions import leaky
from inverset.sampler.hooks import INPUT, capture, first_tensor
from inverset.sampler.problem import Problem

_MAP = 4  # dimensions of a batch of maps
_TRIED = 8  # codes on which the head is compared with the network
_TOLERANCE = 1e-4  # of the activations' size


@dataclass(frozen=True, eq=False)
class Head:
    """The part of the network that lies behind E."""

    problem: Problem
    module: nn.Module  # E's output -> one output a neuron, in their order
    shape: tuple[int, ...]  # of E's output for one image, as the network makes it

    def predict(self, codes: Tensor) -> Tensor:
        """The activations f (k, m) at features E(x) = c. Neurons that a ReLU holds at 0 have a small slope, as in ``Problem.forward``."""
        outputs = self.module(_as_output(codes, self.problem, self.shape))
        read = [
            neuron.read(_as_read(output, self.problem, neuron.layer))
            for neuron, output in zip(self.problem.neurons, outputs, strict=True)
        ]
        return torch.stack(read, dim=1)


def head(problem: Problem) -> Head | None:
    """The problem's head; None: a neuron lies before E, G inverts no layer of this network, or it cannot be traced."""
    bundle = problem.bundle
    if not isinstance(bundle.encoder, str) or bundle.statistics.cycle_limit is None:
        return None
    try:
        module = _cut(bundle.network, bundle.encoder, [neuron.layer for neuron in problem.neurons])
        if module is None:
            return None
        return _checked(problem, module)
    except Exception:  # noqa: BLE001 - a network may be written in any way; then a regression does
        return None


class _Tracer(fx.Tracer):
    """Treats the named modules as leaves."""

    def __init__(self, kept: set[str]) -> None:
        super().__init__()
        self._kept = kept

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_qualified_name in self._kept or super().is_leaf_module(m, module_qualified_name)


def _cut(network: nn.Module, encoder: str, layers: Sequence[str]) -> nn.Module | None:
    """The graph from E's output to the layers' outputs; None: a layer needs more of the image than E's output."""
    # Else a module named "code" or "graph" hides an attribute of fx.GraphModule.
    whole = nn.Sequential(network)
    graph = _Tracer({f"0.{name.removesuffix(INPUT)}" for name in (encoder, *layers)}).trace(whole)
    places = {name: _node(graph, f"0.{name}") for name in (encoder, *layers)}
    start = places[encoder]
    with graph.inserting_after(start):
        code = graph.create_node("placeholder", "features")
    start.replace_all_uses_with(code)
    ends = tuple(code if places[name] is start else places[name] for name in layers)
    before = tuple(_rectified(whole, name, end) for name, end in zip(layers, ends, strict=True))
    for node in [output for output in graph.nodes if output.op == "output"]:
        graph.erase_node(node)
    graph.output((ends, before))
    module = fx.GraphModule(whole, graph)
    module.graph.eliminate_dead_code()
    inputs = [node for node in module.graph.nodes if node.op == "placeholder" and node.name != "features"]
    if any(node.users for node in inputs):
        return None
    for node in inputs:
        module.graph.erase_node(node)
    module.recompile()
    return _Cut(module)


class _Cut(nn.Module):
    """Returns each layer's output, with a slope where a ReLU is off."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, code: Tensor) -> list[Tensor]:
        ends, before = self.module(code)
        return [
            end if was is None else leaky(was, end, was <= 0) for end, was in zip(ends, before, strict=True)
        ]


def _node(graph: fx.Graph, name: str) -> fx.Node:
    """The node of a module's output in its last call, or of its input."""
    target = name.removesuffix(INPUT)
    node: fx.Node = [call for call in graph.nodes if call.op == "call_module" and call.target == target][-1]
    if not name.endswith(INPUT):
        return node
    first: Any = node.args[0]
    return first  # type: ignore[no-any-return]


def _rectified(network: nn.Module, name: str, end: fx.Node) -> Any:
    """The input of a ReLU; None for every other layer."""
    if name.endswith(INPUT) or end.op != "call_module":
        return None
    layer = network.get_submodule(str(end.target))
    return end.args[0] if isinstance(layer, nn.ReLU) and not layer.inplace else None


def _as_output(codes: Tensor, problem: Problem, shape: tuple[int, ...]) -> Tensor:
    """The flattened features (k, e) in the shape of the layer's output."""
    encoder, last = str(problem.bundle.encoder), problem.bundle.channels_last
    if encoder.removesuffix(INPUT) in last and len(shape) == _MAP - 1:
        return codes.view(-1, shape[-1], *shape[:-1]).movedim(1, -1)
    return codes.view(-1, *shape)


def _as_read(output: Any, problem: Problem, layer: str) -> Tensor:
    tensor = first_tensor(output)
    assert tensor is not None  # noqa: S101 - ``_checked`` saw it
    last = layer.removesuffix(INPUT) in problem.bundle.channels_last
    return tensor.movedim(-1, 1) if last and tensor.dim() == _MAP else tensor


def _checked(problem: Problem, module: nn.Module) -> Head | None:
    """The head, if it agrees with the network on some codes; else None."""
    statistics = problem.bundle.statistics
    random = torch.Generator().manual_seed(0)
    drawn = torch.randn(_TRIED, len(statistics.scales), generator=random).to(statistics.mean)
    with torch.no_grad():
        images = problem.bundle.generator(statistics.unwhitened(drawn))
        inputs = problem.bundle.preprocess(images)
        encoder = str(problem.bundle.encoder)
        # As the network makes it, before maps are turned round for reading.
        made = capture(problem.bundle.network, inputs, {encoder: lambda captured: captured.output})[encoder]
        evaluation = problem.forward(statistics.unwhitened(drawn))
        tried = Head(problem, module, tuple(made.shape[1:]))
        off = (tried.predict(evaluation.features) - evaluation.activations).abs().amax()
    if not bool(off <= _TOLERANCE * evaluation.activations.abs().amax().clamp_min(1e-6)):
        return None
    return tried
