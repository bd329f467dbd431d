"""Where the files of a sample's images lie: in the pack of their save, or, of jobs of earlier versions, one by one."""

from dataclasses import dataclass
from typing import NamedTuple

from inverset.contract import paths
from inverset.storage import Place


@dataclass(frozen=True)
class Packed:
    """The ranges of a pack that hold an image and its thumbnail; the image's length stands beside it."""

    offset: int
    thumbnail_offset: int
    thumbnail_size: int


def packed(offset: int | None, thumbnail_offset: int | None, thumbnail_size: int | None) -> Packed | None:
    """The ranges of three columns; None: they are null."""
    if offset is None or thumbnail_offset is None or thumbnail_size is None:
        return None
    return Packed(offset, thumbnail_offset, thumbnail_size)


class StoredImage(NamedTuple):
    """An image in the store."""

    sha256: str  # of the PNG
    png: Place
    thumbnail: Place | None  # None: in a file of its own, which a job of an earlier version may lack

    @property
    def thumbnail_name(self) -> str:
        """The name of a thumbnail's own file."""
        return paths.thumbnail(self.png.name)


def stored_image(blob: str, sha256: str, size: int, packed: Packed | None) -> StoredImage:
    """The image in a file; ``packed`` says where in it, None: it is the whole file."""
    if packed is None:
        return StoredImage(sha256, Place(blob, size), None)
    small = Place(blob, packed.thumbnail_size, packed.thumbnail_offset)
    return StoredImage(sha256, Place(blob, size, packed.offset), small)
