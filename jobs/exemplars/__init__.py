"""What models' neurons do to natural images: a worker makes it once for each version of a model.

A version is the weights' SHA-256 and a stamp of what was measured with them, which the published catalogue bears as
``exemplars``. Its folder has a file for each layer, and thumbnails of the images that these name, many to a file.
"""

from jobs.exemplars.files import (
    NOTED,
    Arrays,
    dump_layer,
    dump_pack,
    layers,
    stamp,
    version,
)
from jobs.exemplars.shelf import Shelf

__all__ = [
    "NOTED",
    "Arrays",
    "Shelf",
    "dump_layer",
    "dump_pack",
    "layers",
    "stamp",
    "version",
]
