"""Reference images for the neurons of models: a worker chooses them once for each version of a model.

A version is the weights' SHA-256 and a stamp of what was measured with them, which the published catalogue bears as
``exemplars``. Its folder has a file for each layer, and thumbnails of the images that these name, many to a file.
"""

from inverset.gallery.reference_images.cache import ReferenceImageCache
from inverset.gallery.reference_images.files import Arrays, dump_layer, dump_pack, layers, stamp

__all__ = [
    "Arrays",
    "ReferenceImageCache",
    "dump_layer",
    "dump_pack",
    "layers",
    "stamp",
]
