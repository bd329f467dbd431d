"""AutoencoderRAE: a code is a large frozen encoder's view of an image's patches, normalised; nearly unit normal."""

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
from inverset.sampler.zoo.generators.diffusers import Source
from inverset.sampler.zoo.generators.entry import GeneratorEntry, UnusableGenerator, of_files, unit_normal
from inverset.sampler.zoo.parts import Generator

_STATISTICS = ("encoder_mean", "encoder_std", "_latents_mean", "_latents_std")


class Representations(nn.Module):
    """G: maps codes (k, d) to images (k, 3, side, side), about [0, 1] and not clamped.

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
        """The images of these codes."""
        latents = codes.view(-1, *self.shape) / self.scaling
        tokens = (latents * (self.latents_std + 1e-5) + self.latents_mean).flatten(2).transpose(1, 2)
        painted: Tensor = self.decoder.unpatchify(self.decoder(tokens).logits)
        return painted * self.encoder_std + self.encoder_mean


def load(source: Source, entry: GeneratorEntry) -> Generator:
    """The decoder of ``source.folder``, with the encoder if that can be loaded.

    Raises:
        UnusableGenerator: its weights do not fit, or it paints another size than the entry's.
    """
    module = Representations({**_defaults(), **source.config})
    _restore(module, source.folder)
    if entry.size not in {None, (module.side, module.side)}:
        raise UnusableGenerator(f"{entry.source} makes {module.side} x {module.side} pixels only")
    return Generator(
        module=module,
        code=module.shape,
        size=(module.side, module.side),
        prior=unit_normal(math.prod(module.shape)),
        sha256=of_files([source.folder / "config.json", *source.folder.glob("*.safetensors")]),
        encode=_encoder(source.folder) if find_spec("transformers") else None,
    )


def _defaults() -> dict[str, Any]:
    """The defaults of the library's class, which a configuration may omit."""
    known = inspect.signature(diffusers.AutoencoderRAE.__init__).parameters
    return {
        name: parameter.default
        for name, parameter in known.items()
        if parameter.default is not parameter.empty
    }


def _restore(module: Representations, folder: Path) -> None:
    """Load the decoder's part of the weights; the encoder's are skipped."""
    weights, others = {}, list[str]()
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as stream:
            for name in stream.keys():  # noqa: SIM118 - not a mapping
                if name.startswith("decoder.") or name in _STATISTICS:
                    weights[name.removeprefix("_")] = stream.get_tensor(name).float()
                elif not name.startswith("encoder."):
                    others.append(name)
    for name in module.state_dict().keys() & {statistic.removeprefix("_") for statistic in _STATISTICS}:
        # Of any shape: (1,), or one a channel and place.
        setattr(module, name, torch.empty_like(weights[name]))
    weights.pop("decoder.decoder_pos_embed", None)  # computed
    state = module.state_dict()
    others += [name for name in weights if name not in state]
    shapes = [name for name in state if name in weights and weights[name].shape != state[name].shape]
    missing = [name for name in state if name not in weights]
    pretrained.check(folder, "AutoencoderRAE", missing, others, shapes)
    module.load_state_dict(weights)


def _encoder(folder: Path) -> Any:
    whole: Any = pretrained.load(diffusers.AutoencoderRAE, folder)
    whole.eval().requires_grad_(requires_grad=False)
    return lambda images: whole.encode(images, return_dict=False)[0].flatten(1)
