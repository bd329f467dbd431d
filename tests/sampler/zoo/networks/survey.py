"""``python -m tests.sampler.zoo.networks.survey``: what torchvision's and timm's networks export to (an hour), as a file beside this one.

All classifiers and segmentation networks of torchvision, and of each file of timm's one; with random weights, so nothing is fetched.
"""

import json
import warnings
from pathlib import Path

import torch
from torchvision import models

FILE = Path(__file__).with_name("exported_operators.json")
SEGMENTED = 128  # pixels; their operators do not depend on it


def operators(program):
    """The operators that a program calls, in all its graphs."""
    graphs = [each.graph for each in program.graph_module.modules() if hasattr(each, "graph")]
    nodes = [node for graph in graphs for node in graph.nodes if node.op == "call_function"]
    return {str(node.target) for node in nodes if isinstance(node.target, torch._ops.OpOverload)}


def exported(net, size):
    """What a network exports to: as it is, and in PyTorch's core operators."""
    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(net.eval(), (torch.zeros(2, 3, size, size),), dynamic_shapes=shapes)
    core = program.run_decompositions(torch.export.default_decompositions())
    return operators(program) | operators(program.run_decompositions()) | operators(core)


def of_torchvision():
    """(name, builder, size)."""
    segmenting = models.list_models(module=models.segmentation)
    for name in (*models.list_models(module=models), *segmenting):
        if name in segmenting:
            more = {"weights_backbone": None}
            yield name, lambda name=name, more=more: models.get_model(name, weights=None, **more), SEGMENTED
            continue
        preset = models.get_model_weights(name).DEFAULT.transforms()
        more = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
        size = 224 if name.startswith("vit") else preset.crop_size[0]
        yield name, lambda name=name, more=more: models.get_model(name, weights=None, **more), size


def of_timm():
    """(name, builder, size) of one network of each file; none where timm is not installed."""
    try:
        import timm
    except ImportError:
        return
    for module in timm.list_modules():
        if names := timm.list_models(module=module):
            heavy = ("large", "huge", "giant", "xl", "384", "512", "448")
            name = min(names, key=lambda name: (any(word in name for word in heavy), len(name)))
            config = timm.get_pretrained_cfg(name, allow_unregistered=True)
            size = config.input_size[1] if config else 224
            yield f"timm {name}", lambda name=name: timm.create_model(name), size


def main():
    warnings.simplefilter("ignore")
    result = {"networks": [], "not exported": {}, "operators": set()}
    for name, build, size in (*of_torchvision(), *of_timm()):
        try:
            result["operators"] |= exported(build(), size)
            result["networks"].append(name)
        except Exception as wrong:  # noqa: BLE001 - whatever a network may raise
            result["not exported"][name] = f"{type(wrong).__name__}: {str(wrong)[:100]}"
        print(name, flush=True)  # noqa: T201 - it takes an hour
        FILE.write_text(json.dumps({**result, "operators": sorted(result["operators"])}, indent=1) + "\n")


if __name__ == "__main__":
    main()
