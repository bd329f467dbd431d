"""Chooses reference images for every measured neuron of a model, and stores them with their thumbnails."""

from collections.abc import Generator, Iterable, Iterator
from itertools import groupby

import numpy as np

from inverset.contract import paths
from inverset.contract.catalogue import REFERENCE_STAMP
from inverset.gallery import image_codec, reference_images
from inverset.gallery.reference_images import Arrays
from inverset.sampler.bundle import Bundle, Reference
from inverset.sampler.evaluation.reference_images import QUANTILES, Exemplars, joined
from inverset.sampler.evaluation.reference_images import exemplars as chosen
from inverset.sampler.problem import Neuron
from inverset.storage import BlobStore

_AT_ONCE = 64  # neurons, images: a fraction of a second
_LARGEST = 96  # pixels of a thumbnail's longer side
Steps = Generator[None, None, Exemplars]


def noted(bundle: Bundle) -> dict[str, str]:
    """The catalogue's entry on reference images."""
    if bundle.reference is None or not bundle.measured:
        return {}
    return {REFERENCE_STAMP: reference_images.stamp(bundle.catalogue["neurons"])}


def version(bundle: Bundle) -> str | None:
    """The version of the reference images in the catalogue; None: there are no images to choose from."""
    return paths.version(bundle.sha256, noted(bundle).get(REFERENCE_STAMP))


def make(blobs: BlobStore, bundle: Bundle) -> Iterator[None]:
    """Make what is missing, step by step, so that the caller may stop after each step.

    A layer's file is written when all images that it names can be shown. Two workers at once write the same.

    Raises:
        OSError: a file could not be written.
    """
    model_version, reference = version(bundle), bundle.reference
    names = reference_images.layers(bundle.catalogue["neurons"])
    if model_version is None or reference is None or _is_there(blobs, model_version, names):
        return
    yield from reference.prepare()
    chosen_by_layer: dict[str, Exemplars] = {}
    for layer, neuron_names in names.items():
        chosen_by_layer[layer] = yield from _chosen(bundle, reference, neuron_names)
    numbers = {
        number for exemplars in chosen_by_layer.values() for number in exemplars.numbers.unique().tolist()
    } - {-1}
    for _, pack in groupby(sorted(numbers), key=lambda number: number // paths.PACK):
        yield from _show(blobs, model_version, reference, list(pack))
    for layer, neuron_names in names.items():
        content = reference_images.dump_layer(neuron_names, QUANTILES, _arrays(chosen_by_layer[layer]))
        blobs.put(paths.layer_file(model_version, layer), content)


def _is_there(blobs: BlobStore, model_version: str, layers: Iterable[str]) -> bool:
    return all(blobs.exists(paths.layer_file(model_version, layer)) for layer in layers)


def _chosen(bundle: Bundle, reference: Reference, names: list[str]) -> Steps:
    """The chosen reference images for the neurons of a layer."""
    parts = []
    for first in range(0, len(names), _AT_ONCE):
        neurons = [Neuron.parse(name, bundle) for name in names[first : first + _AT_ONCE]]
        parts.append(chosen(reference.read(neurons).cpu()))
        yield
    return joined(parts)


def _show(blobs: BlobStore, model_version: str, reference: Reference, numbers: list[int]) -> Iterator[None]:
    """Write the thumbnails of the images that share a file."""
    made: dict[int, bytes] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        images = reference.images(some).permute(0, 2, 3, 1).numpy()
        made |= {
            number: image_codec.thumbnail(image, _LARGEST) for number, image in zip(some, images, strict=True)
        }
        yield
    blobs.put(paths.reference_pack(model_version, numbers[0]), reference_images.dump_pack(made))


def _arrays(exemplars: Exemplars) -> Arrays:
    """The arrays as they are stored: image numbers and counts in 32 bits."""
    narrow = {name: getattr(exemplars, name).numpy().astype(np.int32) for name in ("counts", "numbers")}
    rest = {name: getattr(exemplars, name).numpy() for name in ("edges", "activations", "ends")}
    return {**narrow, **rest}
