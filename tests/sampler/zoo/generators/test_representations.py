"""The decoder of a representation autoencoder, without the encoder's library, and with it where that is installed."""

import json
from importlib.util import find_spec

import pytest
import torch
from safetensors.torch import save_file

from inverset.sampler.zoo.generators import GeneratorEntry, UnusableGenerator, load

diffusers = pytest.importorskip("diffusers")

CONFIG = {
    "_class_name": "AutoencoderRAE",
    "encoder_hidden_size": 64,
    "encoder_patch_size": 8,
    "encoder_num_hidden_layers": 1,
    "decoder_hidden_size": 16,
    "decoder_num_hidden_layers": 2,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 32,
    "patch_size": 4,
    "encoder_input_size": 32,
}


def written(folder):
    """A model as the library stores it, but for the encoder."""
    from diffusers.models.autoencoders.autoencoder_rae import RAEDecoder

    torch.manual_seed(0)
    decoder = RAEDecoder(64, 16, 2, 2, 32, num_patches=16, patch_size=4, image_size=16)
    state = {f"decoder.{name}": value for name, value in decoder.state_dict().items()}
    state |= {"_latents_mean": torch.randn(64, 4, 4), "_latents_std": torch.rand(64, 4, 4) + 0.5}
    state |= {"encoder_mean": torch.full((1, 3, 1, 1), 0.4), "encoder_std": torch.full((1, 3, 1, 1), 0.2)}
    save_file(state, folder / "diffusion_pytorch_model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return decoder.eval(), state


def made(folder, size=None):
    return load(GeneratorEntry(f"diffusers:{folder}", size), folder)


@pytest.mark.skipif(find_spec("transformers") is not None, reason="it would look for the encoder's weights")
def test_the_decoder_alone(tmp_path):
    decoder, state = written(tmp_path)
    generator = made(tmp_path)
    assert (generator.code, generator.size, generator.encode) == ((64, 4, 4), (16, 16), None)
    codes = torch.randn(2, 1024, requires_grad=True)
    latents = codes.view(-1, 64, 4, 4) * (state["_latents_std"] + 1e-5) + state["_latents_mean"]
    theirs = decoder.unpatchify(decoder(latents.view(2, 64, 16).transpose(1, 2)).logits) * 0.2 + 0.4
    torch.testing.assert_close(generator.module(codes), theirs)
    generator.module(codes).square().sum().backward()
    assert (codes.grad != 0).all()
    with pytest.raises(UnusableGenerator, match="16 x 16 pixels only"):
        made(tmp_path, (32, 32))


def test_a_missing_weight_is_told(tmp_path):
    _, state = written(tmp_path)
    state.pop("decoder.decoder_norm.weight")
    save_file(state, tmp_path / "diffusion_pytorch_model.safetensors")
    with pytest.raises(UnusableGenerator, match=r"decoder_norm\.weight"):
        made(tmp_path)


def test_with_its_encoder_it_is_the_librarys_own(tmp_path):
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    statistics = {"latents_mean": torch.randn(64, 4, 4), "latents_std": torch.rand(64, 4, 4) + 0.5}
    config = {name: value for name, value in CONFIG.items() if name != "_class_name"}
    whole = diffusers.AutoencoderRAE(**config, **statistics, encoder_type="mae").eval()
    whole.save_pretrained(tmp_path)
    generator, images = made(tmp_path), torch.rand(2, 3, 32, 32)
    codes = whole.encode(images).latent
    torch.testing.assert_close(generator.module(codes.flatten(1)), whole.decode(codes).sample)
    torch.manual_seed(3)
    theirs = whole.encode(images).latent.flatten(1)
    torch.manual_seed(3)
    torch.testing.assert_close(generator.encode(images), theirs)
