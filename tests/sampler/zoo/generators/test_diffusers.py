"""Models of the diffusers library, tiny and random, written by the library and read by us: we paint what its own calls paint."""

import json

import pytest
import torch

from inverset.sampler.zoo.errors import ZooError
from inverset.sampler.zoo.generators import GeneratorEntry, UnusableGenerator, load, pretrained

diffusers = pytest.importorskip("diffusers")


def made(folder, size=None, **options):
    return load(GeneratorEntry(f"diffusers:{folder}", size, options), folder)


def codes_of(generator, count=2):
    torch.manual_seed(1)
    return torch.randn(count, len(generator.prior.mean))


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture
def kl(tmp_path):
    whole = diffusers.AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        sample_size=32,
        scaling_factor=0.5,
        shift_factor=0.25,
    )
    whole.save_pretrained(tmp_path / "kl")
    return whole.eval(), tmp_path / "kl"


@pytest.fixture
def tiny(tmp_path):
    blocks = {"encoder_block_out_channels": (8, 8, 8), "decoder_block_out_channels": (8, 8, 8)}
    whole = diffusers.AutoencoderTiny(**blocks, num_encoder_blocks=(1, 1, 1), num_decoder_blocks=(1, 1, 1))
    whole.save_pretrained(tmp_path / "tiny")
    return whole.eval(), tmp_path / "tiny"


@pytest.fixture
def consistency(tmp_path):
    return _consistency(tmp_path)


def _consistency(folder, **classes):
    unet = diffusers.UNet2DModel(
        sample_size=16,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        norm_num_groups=4,
        **classes,
    )
    whole = diffusers.ConsistencyModelPipeline(unet, diffusers.CMStochasticIterativeScheduler())
    whole.save_pretrained(folder)
    whole.set_progress_bar_config(disable=True)
    return whole, folder


def test_kl_decodes_scaled_latents_as_pipelines_do(kl):
    whole, folder = kl
    generator = made(folder)
    assert (generator.code, generator.size) == ((4, 16, 16), (32, 32))
    codes = codes_of(generator)
    theirs = whole.decode(codes.view(-1, 4, 16, 16) / 0.5 + 0.25).sample / 2 + 0.5
    torch.testing.assert_close(generator.module(codes), theirs)


def test_kl_encodes_to_the_mode(kl):
    whole, folder = kl
    images = torch.rand(2, 3, 32, 32)
    theirs = (whole.encode(images * 2 - 1).latent_dist.mode() - 0.25) * 0.5
    torch.testing.assert_close(made(folder).encode(images), theirs.flatten(1))


def test_statistics_of_latents_take_the_place_of_a_shift(kl):
    whole, folder = kl
    config = json.loads((folder / "config.json").read_text())
    means, deviations = [0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, 4.0]
    (folder / "config.json").write_text(
        json.dumps({**config, "latents_mean": means, "latents_std": deviations})
    )
    generator = made(folder)
    codes = codes_of(generator)
    latents = codes.view(-1, 4, 16, 16) * torch.tensor(deviations).view(4, 1, 1) / 0.5 + torch.tensor(
        means
    ).view(4, 1, 1)
    torch.testing.assert_close(generator.module(codes), whole.decode(latents).sample / 2 + 0.5)


def test_any_multiple_of_the_factor_can_be_painted(kl, tiny):
    generator = made(kl[1], (48, 20))
    assert generator.code == (4, 24, 10)
    assert generator.module(codes_of(generator)).shape == (2, 3, 48, 20)
    with pytest.raises(UnusableGenerator, match="multiples of 4 pixels"):
        made(tiny[1], (48, 22))


def test_tiny_decodes_and_encodes_as_the_library_does(tiny):
    whole, folder = tiny
    generator = made(folder, (32, 32))
    assert generator.code == (4, 8, 8)
    codes, images = codes_of(generator), torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(
        generator.module(codes), whole.decode(codes.view(-1, 4, 8, 8)).sample / 2 + 0.5
    )
    torch.testing.assert_close(generator.encode(images), whole.encode(images * 2 - 1).latents.flatten(1))


def test_a_consistency_model_takes_one_step(consistency):
    whole, folder = consistency
    generator = made(folder)
    assert (generator.code, generator.size) == ((3, 16, 16), (16, 16))
    codes = codes_of(generator)
    theirs = whole(latents=codes.view(-1, 3, 16, 16), batch_size=2, output_type="pt").images
    torch.testing.assert_close(generator.module(codes).clamp(0, 1), theirs, atol=1e-5, rtol=1e-4)
    assert generator.module(1000 * codes).amax() > 1, "not clamped: gradients would stop"


def test_classes_of_a_consistency_model_are_fixed_or_part_of_the_code(tmp_path):
    whole, folder = _consistency(tmp_path, num_class_embeds=5)
    noise = torch.randn(2, 3 * 16 * 16)
    theirs = whole(
        latents=noise.view(-1, 3, 16, 16), batch_size=2, class_labels=[3, 3], output_type="pt"
    ).images
    fixed = made(folder, label=3)
    torch.testing.assert_close(fixed.module(noise).clamp(0, 1), theirs, atol=1e-5, rtol=1e-4)
    free = made(folder)
    taught = whole.unet.class_embedding.weight
    assert len(free.prior.mean) == 3 * 16 * 16 + taught.shape[1]
    third = (taught[3] - taught.mean(0)) / taught.std(0)
    same = free.module(torch.cat([noise, third.expand(2, -1)], dim=1))
    torch.testing.assert_close(same, fixed.module(noise), atol=1e-5, rtol=1e-4)
    with pytest.raises(ZooError, match="5 classes"):
        made(folder, label=5)


@pytest.mark.parametrize("which", ["kl", "tiny", "consistency"])
def test_the_gradient_reaches_every_entry(which, request):
    generator = made(request.getfixturevalue(which)[1])
    codes = codes_of(generator).requires_grad_()
    generator.module(codes).square().sum().backward()
    assert (codes.grad != 0).double().mean() > 0.99
    assert all(not weight.requires_grad for weight in generator.module.parameters())


def test_the_decoder_of_a_pipeline_is_found(kl, tmp_path):
    whole, _ = kl
    pipeline = tmp_path / "pipeline"
    whole.save_pretrained(pipeline / "vae")
    (pipeline / "model_index.json").write_text(
        json.dumps({"_class_name": "StableDiffusionPipeline", "vae": ["diffusers", "AutoencoderKL"]})
    )
    assert made(pipeline).code == (4, 16, 16)
    assert made(tmp_path, subfolder="pipeline/vae").sha256 == made(pipeline).sha256


def test_pickles_are_not_read(kl):
    _, folder = kl
    weights = folder / "diffusion_pytorch_model.safetensors"
    torch.save(
        diffusers.AutoencoderKL.from_pretrained(folder).state_dict(), folder / "diffusion_pytorch_model.bin"
    )
    weights.unlink()
    with pytest.raises(UnusableGenerator, match="safetensors"):
        made(folder)


def test_damage_is_told(tiny):
    _, folder = tiny
    weights = folder / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UnusableGenerator, match="does not load as AutoencoderTiny"):
        made(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(UnusableGenerator, match="no JSON"):
        made(folder)
    (folder / "config.json").write_text('{"_class_name": "AutoencoderKLWan"}')
    with pytest.raises(UnusableGenerator, match="did you mean AutoencoderKL"):
        made(folder)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ZooError, match="there is no folder"):
        made(tmp_path / "elsewhere" / "deep")


def rewritten(folder, change):
    """The weights in a folder, after a change."""
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "diffusion_pytorch_model.safetensors")
    change(state)
    save_file(state, folder / "diffusion_pytorch_model.safetensors")


@pytest.mark.parametrize("which", ["tiny", "kl", "consistency"])
def test_a_tensor_that_is_missing_or_has_no_use_is_named(which, request):
    _, folder = request.getfixturevalue(which)
    weights = folder / "unet" if which == "consistency" else folder
    name = {"tiny": "decoder.layers.0.weight", "kl": "decoder.conv_in.weight"}.get(which, "conv_in.weight")
    rewritten(weights, lambda state: state.update({"pool.0.weight": state.pop(name)}))
    with pytest.raises(UnusableGenerator, match=rf"missing: {name}; without use: pool\.0\.weight"):
        made(folder)


def test_a_tensor_of_another_shape_is_named(tiny):
    _, folder = tiny
    rewritten(folder, lambda state: state.update({"decoder.layers.0.bias": torch.zeros(3)}))
    with pytest.raises(UnusableGenerator, match=r"decoder\.layers\.0\.bias"):
        made(folder)


def test_a_setting_that_the_library_would_ignore_is_named(tiny):
    _, folder = tiny
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "pooled_middle_blocks": True}))
    with pytest.raises(
        UnusableGenerator, match="has pooled_middle_blocks, which this version of diffusers does not"
    ):
        made(folder)


@pytest.mark.parametrize("verbosity", ["ERROR", "WARNING"])
def test_what_the_library_warns_of_counts(tiny, verbosity):
    _, folder = tiny

    class Old(diffusers.AutoencoderTiny):
        @classmethod
        def from_pretrained(cls, *args, **more):
            diffusers.utils.logging.get_logger("diffusers.models.old").warning(
                "this class\ndecodes otherwise"
            )
            return super().from_pretrained(*args, **more)

    library = diffusers.utils.logging
    before = library.get_verbosity()
    library.set_verbosity(getattr(library, verbosity))
    try:
        with pytest.raises(UnusableGenerator, match="as diffusers warns: this class decodes otherwise"):
            pretrained.load(Old, folder)
        assert library.get_verbosity() == getattr(library, verbosity)
    finally:
        library.set_verbosity(before)
