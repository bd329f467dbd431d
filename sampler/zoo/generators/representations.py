"""AutoencoderRAE: a code holds an image's patches as a large frozen encoder sees them, normalised; near unit normal."""

import inspect
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.models.autoencoders.autoencoder_rae import RAEDecoder
from safetensors import safe_open
from torch import Tensor, nn

from inverset.sampler.zoo.generators import pretrained
from inverset.sampler.zoo.generators.diffusers import Found
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, of_files, unit_normal
from inverset.sampler.zoo.parts import Generator

_STATISTICS = ("encoder_mean", "encoder_std", "_latents_mean", "_latents_std")


class Representations(nn.Module):
    """G: codes (k, d) to images (k, 3, side, side), about [0, 1] and not clamped.

    The decoder alone, as ``AutoencoderRAE.decode`` uses it: its encoder is large, and loads only where transformers is installed.
    """

    encoder_mean: Tensor
    encoder_std: Tensor
    latents_mean: Tensor
    latents_std: Tensor

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        patches = config["encoder_input_size"] // config["encoder_patch_size"]
        self.shape = (int(config["encoder_hidden_size"]), patches, patches)
        self.side = int(config["patch_size"]) * patches
        self.scaling = float(config.get("scaling_factor", 1.0))
        self.decoder = RAEDecoder(
            hidden_size=self.shape[0],
            num_patches=patches**2,
            image_size=self.side,
            **{name: config[name] for name in config if name.startswith("decoder_") or name == "patch_size"},
        )
        for name in _STATISTICS:
            self.register_buffer(name.removeprefix("_"), torch.zeros(1))

    def forward(self, codes: Tensor) -> Tensor:
        """Decode one image a code."""
        latents = codes.view(-1, *self.shape) / self.scaling
        tokens = (latents * (self.latents_std + 1e-5) + self.latents_mean).flatten(2).transpose(1, 2)
        painted: Tensor = self.decoder.unpatchify(self.decoder(tokens).logits)
        return painted * self.encoder_std + self.encoder_mean


def load(found: Found, entry: GeneratorEntry) -> Generator:
    """Load the decoder of ``found.folder``, and the encoder where that is possible.

    Raises:
        UnusableGenerator: its weights do not fit, or it paints another size than was asked.
    """
    module = Representations({**_defaults(), **found.config})
    _restore(module, found.folder)
    if entry.size not in {None, (module.side, module.side)}:
        raise UnusableGenerator(f"{entry.source} paints {module.side} x {module.side} pixels only")
    return Generator(
        module=module,
        code=module.shape,
        size=(module.side, module.side),
        prior=unit_normal(math.prod(module.shape)),
        sha256=of_files([found.folder / "config.json", *found.folder.glob("*.safetensors")]),
        encode=_encoder(found.folder) if find_spec("transformers") else None,
    )


def _defaults() -> dict[str, Any]:
    """Of the library's class: a configuration may leave out what it does not change."""
    known = inspect.signature(diffusers.AutoencoderRAE.__init__).parameters
    return {name: each.default for name, each in known.items() if each.default is not each.empty}


def _restore(module: Representations, folder: Path) -> None:
    """Read the decoder's share of the weights; an encoder's stay in the file."""
    wanted, others = {}, list[str]()
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as stream:
            for name in stream.keys():  # noqa: SIM118 - not a mapping
                if name.startswith("decoder.") or name in _STATISTICS:
                    wanted[name.removeprefix("_")] = stream.get_tensor(name).float()
                elif not name.startswith("encoder."):
                    others.append(name)
    for name in module.state_dict().keys() & {each.removeprefix("_") for each in _STATISTICS}:
        setattr(
            module, name, torch.empty_like(wanted[name])
        )  # of any shape: (1,), or one a channel and place
    wanted.pop("decoder.decoder_pos_embed", None)  # computed
    state = module.state_dict()
    others += [name for name in wanted if name not in state]
    shapes = [name for name in state if name in wanted and wanted[name].shape != state[name].shape]
    missing = [name for name in state if name not in wanted]
    pretrained.check(folder, "AutoencoderRAE", missing, others, shapes)
    module.load_state_dict(wanted)


def _encoder(folder: Path) -> Any:
    whole: Any = pretrained.load(diffusers.AutoencoderRAE, folder)
    whole.eval().requires_grad_(requires_grad=False)
    return lambda images: whole.encode(images, return_dict=False)[0].flatten(1)
