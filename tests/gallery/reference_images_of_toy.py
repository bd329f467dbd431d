"""Reference images of the toy model, chosen and stored as a worker does."""

import numpy as np

from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP
from inverset.gallery import image_codec, reference_images
from inverset.jobs.database import writing
from inverset.jobs.store import publish_model
from tests.jobs.catalogue_of_scenes import CATALOGUE

STAMPED = {**CATALOGUE, REFERENCE_STAMP: reference_images.stamp(CATALOGUE["neurons"])}
VERSION = paths.version(STAMPED["sha256"], STAMPED[REFERENCE_STAMP])


def publish(sessions, catalogue=STAMPED):
    with writing(sessions) as session:
        publish_model(session, catalogue)


def fill(blobs, layer="fc8", names=("fc8:volcano", "fc8:mountain")):
    """A layer's file with two bins of three images, the last of them empty for the first neuron; and thumbnails of 0, 5 and 300."""
    numbers = np.array([[[0, 5, -1], [-1, -1, -1]], [[5, -1, -1], [300, -1, -1]]], np.int32)
    arrays = {
        "edges": np.array([[-1.0, 2.0], [0.0, 4.0]]),
        "counts": np.array([[1, 1], [3, 0]], np.int32),
        "numbers": numbers,
        "activations": numbers.astype(np.float32) / 2,
        "ends": np.array([[[-1, 2], [0, 0]], [[0, 1], [2, 4]]], np.float32),
    }
    for pack in ((0, 5), (300,)):
        made = {
            number: image_codec.thumbnail(np.full((8, 8, 3), number % 256, np.uint8), 96) for number in pack
        }
        blobs.put(paths.reference_pack(VERSION, pack[0]), reference_images.dump_pack(made))
    blobs.put(paths.layer_file(VERSION, layer), reference_images.dump_layer(names, [0, 0.9, 1], arrays))
