"""The paper's models as entries of ``models.toml``, and the sources of their files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inverset.contract.errors import first_line
from inverset.sampler.zoo.errors import NoDownload
from inverset.sampler.zoo.own.toml import Table

CONVERTED = "binxu/DeePSim_DosovitskiyBrox2016"  # CaffeNet and DeepSim's generators, as torch files
PULLED = ("caffenet.pt", "upconvGAN_fc6.pt")


@dataclass(frozen=True)
class Published:
    """A file that the user has to download."""

    name: str
    what: str
    where: str
    sha1: str | None = None  # as its authors published it; None: they did not


FILES = (
    Published(
        "bvlc_reference_caffenet.caffemodel",
        "CaffeNet, without restrictions on its use",
        "http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel",
        "4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
    ),
    Published(
        "181007__generator.caffemodel",
        "PPGN's generator, the paper's G",
        "http://s.anhnguyen.me/181007__generator.caffemodel",
    ),
    Published(
        "places205CNN_iter_300000.caffemodel",
        "PlacesCNN, for figure 6",
        "http://places.csail.mit.edu, in placesCNN.tar.gz",
    ),
)


def entry(caffenet: str, generator: str) -> Table:
    """The entry of CaffeNet with a generator of its fc6."""
    return {
        "description": "CaffeNet and a generator of its fc6, as in Hada and Carreira-Perpiñán's paper.",
        "network": "caffe:caffenet",
        "weights": caffenet,
        "encoder": "relu6",
        "generator": generator,
    }


def places_entry(places: str, caffenet: str, generator: str) -> Table:
    """The entry of PlacesCNN with the same E and G, as in figure 6."""
    return {
        "description": "PlacesCNN; CaffeNet compares images, and a generator of its fc6 makes them.",
        "network": "caffe:places",
        "weights": places,
        "encoder": {"network": "caffe:caffenet", "weights": caffenet, "layer": "relu6"},
        "generator": generator,
    }


def recognised(path: Path) -> str:
    """A sentence on whether a file with a published name is the published one; empty if its checksum is unknown."""
    known = next((published for published in FILES if published.name == path.name and published.sha1), None)
    if known is None:
        return ""
    with path.open("rb") as file:
        sha1 = hashlib.file_digest(file, "sha1").hexdigest()
    if sha1 == known.sha1:
        return f"{path.name} is the published file"
    return f"{path.name} is not the file that was published: its SHA-1 is {sha1}, that one's is {known.sha1}"


def pull(folder: Path) -> Mapping[str, Path]:
    """Download the converted files into a folder and return their paths by name.

    Raises:
        NoDownload: the network does not give them; the message says what to do by hand.
    """
    try:
        import huggingface_hub  # noqa: PLC0415 - an extra, and slow to load
        from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415
    except ImportError:
        raise NoDownload(
            f"files are fetched with: pip install 'inverset[hub]'; or\n{by_hand(folder)}"
        ) from None
    try:
        return {
            name: Path(huggingface_hub.hf_hub_download(CONVERTED, name, local_dir=folder)) for name in PULLED
        }
    except (HfHubHTTPError, OSError) as error:
        raise NoDownload(
            f"{CONVERTED} cannot be had from Hugging Face ({first_line(error)})\n{by_hand(folder)}"
        ) from None


def by_hand(folder: Path) -> str:
    """A list of the files to download, with their sources and their places."""
    lines = [f"download these by hand and put them into {folder}:"]
    lines += [f"  {published.name}: {published.what}; {published.where}" for published in FILES]
    lines += [
        f"or, already converted and with DeepSim's generator instead of PPGN's:  {', '.join(PULLED)} of {CONVERTED} on Hugging Face",
        "then: inverset models add paper --caffenet FILE --generator FILE [--places FILE]",
    ]
    return "\n".join(lines)
