"""A folder as BigGAN-deep was published in, so small that a test can paint with it."""

import json

import torch
from safetensors.torch import save_file
from torch import nn

NOISE, CLASSES, WIDTH, STATISTICS = 5, 7, 4, 11
LAYERS = [[False, 16, 16], [True, 16, 8], [True, 8, 4], [False, 4, 2], [False, 2, 2], [False, 2, 1]]
CONFIG = {
    "output_dim": 16, "z_dim": NOISE, "class_embed_dim": NOISE, "channel_width": WIDTH, "num_classes": CLASSES,
    "layers": LAYERS, "attention_layer_position": 2, "eps": 1e-4, "n_stats": STATISTICS,
}  # fmt: skip


def spectral(module):
    """As it was trained: torch's own keeps the vectors that are published with the weights."""
    made = nn.utils.spectral_norm(module, n_power_iterations=20)
    made.train()
    with torch.no_grad():
        shape = (2, module.weight_orig.shape[1]) + ((4, 4) if module.weight_orig.dim() == 4 else ())
        made(torch.randn(shape))
    return made.eval()


def parts(folder="generator"):
    """Name -> module or tensor, of everything in the file."""
    torch.manual_seed(0)
    condition, result, number = 2 * NOISE, {}, 0
    result["embeddings"] = nn.Linear(CLASSES, NOISE, bias=False)
    result[f"{folder}.gen_z"] = spectral(nn.Linear(condition, 16 * 16 * WIDTH))
    for place, (_, inner, outer) in enumerate(LAYERS):
        wide = inner * WIDTH
        if place == CONFIG["attention_layer_position"]:
            at = f"{folder}.layers.{number}"
            sizes = {
                "theta": (wide, wide // 8),
                "phi": (wide, wide // 8),
                "g": (wide, wide // 2),
                "o_conv": (wide // 2, wide),
            }
            for name, (given, made) in sizes.items():
                result[f"{at}.snconv1x1_{name}"] = spectral(nn.Conv2d(given, made, 1, bias=False))
            result[f"{at}.gamma"] = torch.tensor([0.7])
            number += 1
        channels = [wide, wide // 4, wide // 4, wide // 4, outer * WIDTH]
        for step, side in enumerate((1, 3, 3, 1)):
            at = f"{folder}.layers.{number}"
            result |= norms(f"{at}.bn_{step}", channels[step])
            for each in ("scale", "offset"):
                result[f"{at}.bn_{step}.{each}"] = spectral(nn.Linear(condition, channels[step], bias=False))
            conv = nn.Conv2d(channels[step], channels[step + 1], side, padding=side // 2)
            result[f"{at}.conv_{step}"] = spectral(conv)
        number += 1
    result |= norms(f"{folder}.bn", WIDTH)
    result |= {f"{folder}.bn.weight": torch.rand(WIDTH) + 0.5, f"{folder}.bn.bias": torch.randn(WIDTH)}
    result[f"{folder}.conv_to_rgb"] = spectral(nn.Conv2d(WIDTH, WIDTH, 3, padding=1))
    return result


def norms(at, channels):
    return {
        f"{at}.running_means": torch.randn(STATISTICS, channels),
        f"{at}.running_vars": torch.rand(STATISTICS, channels) + 0.2,
    }


def state(found):
    """As a file has it."""
    plain = {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}
    for name, module in found.items():
        if isinstance(module, nn.Module):
            plain |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
    return {name: value.contiguous() for name, value in plain.items()}


def furnish(folder, tensors=None, config=CONFIG, name="model.safetensors"):
    """Write such a folder; gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    tensors = state(parts()) if tensors is None else tensors
    if name.endswith(".bin"):
        torch.save(tensors, folder / name)
    else:
        save_file(tensors, folder / name)
    return folder
