"""Networks of timm, by name: ``timm:vit_small_patch16_224`` with ``weights = "augreg_in1k"``; needs the extra ``hub``."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from inverset.contract.decoding import decode
from inverset.contract.hints import did_you_mean
from inverset.sampler.zoo.errors import BadEntry, NotInstalled
from inverset.sampler.zoo.networks.checkpoints import fill
from inverset.sampler.zoo.networks.entry import NetworkEntry
from inverset.sampler.zoo.networks.loaded import Loaded
from inverset.sampler.zoo.networks.preprocessing import Preprocessing
from inverset.sampler.zoo.networks.torchvision import fetched


@dataclass(frozen=True)
class _Config:
    """How timm feeds a network."""

    input_size: tuple[int, ...]  # channels, height, width
    crop_pct: float
    crop_mode: str
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load(place: str, entry: NetworkEntry, folder: Path) -> Loaded:
    """A network of timm.

    ``weights`` is a tag of timm ("DEFAULT": its first), downloaded from the hub into its cache if need be, as safetensors or by
    ``torch.load(weights_only=True)``; or a file of a state_dict in ``folder``; or None for random weights. Where the entry names
    other than three channels, timm makes the first layer for as many.

    Raises:
        BadEntry: no such network or weights; the message gives the nearest.
        BadFile: the file is not of this network.
        NoDownload: the weights cannot be fetched.
        NotInstalled: timm is not there.
    """
    timm = _timm()
    name, _, tag = place.partition(".")
    known = timm.list_models()
    if name not in known:
        raise BadEntry(f"timm has no network {name!r}; {did_you_mean(name, known)}")
    is_file = entry.weights is not None and bool(Path(entry.weights).suffix)
    weights = None if is_file else entry.weights
    tag = _tag(timm, name, tag or ("" if weights == "DEFAULT" else weights or ""))
    channels = len(entry.preprocessing.channels or "rgb")
    build = partial(timm.create_model, name + tag, in_chans=channels)
    module: nn.Module = build() if weights is None else fetched(place, partial(build, pretrained=True))
    if entry.weights is not None and is_file:
        fill(module, folder, entry.weights)
    return Loaded(module, _preprocessing(timm, module, channels), channels_last=_channels_last(module))


def _timm() -> Any:
    try:
        import timm  # noqa: PLC0415 - takes seconds, and may not be there
    except ImportError:
        raise NotInstalled("networks of timm need the timm library: pip install 'inverset[hub]'") from None
    return timm


def _tag(timm: Any, name: str, weights: str) -> str:
    """The tag with its dot, as timm appends weights to the network's name."""
    if not weights:
        return ""
    tags = [model.partition(".")[2] for model in timm.list_pretrained(f"{name}.*")]
    if weights not in tags:
        hint = did_you_mean(weights, tags) if tags else "timm offers none for it"
        raise BadEntry(f"{name} has no weights {weights!r}; {hint}")
    return f".{weights}"


def _channels_last(module: nn.Module) -> tuple[str, ...]:
    """The layers that are marked as channels-last: whole networks such as Swin's, or the patch embedding."""
    saying = [name for name, layer in module.named_modules() if getattr(layer, "output_fmt", None) == "NHWC"]
    return ("*",) if "" in saying else tuple(path for name in saying for path in (name, f"{name}.norm"))


def _preprocessing(timm: Any, module: nn.Module, channels: int) -> Preprocessing:
    config = decode(_Config, timm.data.resolve_model_data_config(module))
    _, height, width = config.input_size
    share, squash = config.crop_pct, config.crop_mode == "squash"
    resize = (int(height / share), int(width / share))  # as timm's own transforms round
    grey = channels != len(config.mean)
    return Preprocessing(
        size=(height, width),
        resize=resize if squash or height != width else min(resize),
        interpolation=config.interpolation if config.interpolation != "random" else "bilinear",
        mean=(sum(config.mean) / 3,) if grey else config.mean,
        std=(sum(config.std) / 3,) if grey else config.std,
    )
