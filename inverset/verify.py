"""Checks a gallery with the model itself: every file, every activation, every band."""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch

from inverset.bands import described
from inverset.gallery import image_codec
from inverset.gallery.image_codec import Pixels
from inverset.manifest import Manifest, Sample, Start
from inverset.sampler import problem, zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Neuron, ProblemError

TOLERANCE = 1e-4  # of the activation, or of the band's width where that is larger
BATCH = 100  # images

Load = Callable[[str], Bundle]
Image = Sample | Start


@dataclass
class Findings:
    """What was found in one gallery; good where there is no difference."""

    folder: Path
    samples: int
    asked: str  # for people
    differences: list[str] = field(default_factory=list)


class _Question(NamedTuple):
    """The model with a gallery's neurons and bands."""

    bundle: Bundle
    neurons: Sequence[Neuron]
    bands: Mapping[str, tuple[float, float] | None]


def verify(
    folder: Path,
    manifest: Manifest,
    load: Load = zoo.load,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Findings:
    """Hold a gallery against its manifest and its model; ``on_progress`` hears how many samples were looked at."""
    samples = manifest.samples
    found = Findings(folder, len(samples), described([each.model_dump() for each in manifest.ranges]))
    try:
        question = _question(manifest, load)
    except (zoo.ZooError, ProblemError, _Another) as error:
        found.differences.append(str(error))
        return found
    rest = iter(samples)
    while batch := list(islice(rest, BATCH)):
        starts = [sample.start for sample in batch if sample.start]
        found.differences += _differences(folder, [*batch, *starts], question)
        on_progress(len(batch))
    found.differences += _strangers(folder, samples)
    return found


class _Another(Exception):
    """The gallery was made with other weights."""


def _question(manifest: Manifest, load: Load) -> _Question:
    named = manifest.model
    bundle = load(named.name)
    if bundle.sha256 != named.sha256:
        raise _Another(
            f"made with {named.name} of the SHA-256 {named.sha256[:12]}..., here it is {bundle.sha256[:12]}..."
        )
    bands = {each.neuron: each.range for each in manifest.ranges}
    return _Question(bundle, [Neuron.parse(name, bundle) for name in bands], bands)


def _differences(folder: Path, batch: Sequence[Image], question: _Question) -> Iterator[str]:
    """What is wrong with some samples and starts, file by file."""
    whole: list[tuple[Image, Pixels]] = []
    for sample in batch:
        read = _pixels(folder, sample, question.bundle)
        if isinstance(read, str):
            yield f"{sample.file} {read}"
        else:
            whole.append((sample, read))
    if whole:
        images = torch.stack([torch.tensor(pixels).permute(2, 0, 1) for _, pixels in whole])
        activations, _ = problem.read_images(question.bundle, question.neurons, images)
        for (sample, _), values in zip(whole, activations.tolist(), strict=True):
            yield from (f"{sample.file} {wrong}" for wrong in _wrong(sample, values, question))


def _pixels(folder: Path, sample: Image, bundle: Bundle) -> Pixels | str:
    """The image of a sample or of a start, or what is wrong with its file."""
    try:
        content = (folder / sample.file).read_bytes()
    except OSError as error:
        return "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    changed = hashlib.sha256(content).hexdigest() != sample.sha256
    try:
        pixels = image_codec.decode(content)
    except OSError:
        return "is no PNG, or a damaged one"
    if changed:
        return "is not the file that was delivered: its SHA-256 differs"
    height, width = bundle.catalogue["image"]
    if pixels.shape != (height, width, 3):
        return f"is {pixels.shape[1]}x{pixels.shape[0]}, the model's images are {width}x{height}"
    return pixels


def _wrong(sample: Image, values: Sequence[float], question: _Question) -> Iterator[str]:
    """What the model says of an image, against the manifest and, where it is a sample, against the band."""
    for (neuron, band), value in zip(question.bands.items(), values, strict=True):
        low, high = band or (-math.inf, math.inf)
        recorded = sample.activations.get(neuron)
        if recorded is None:
            yield f"has no activation of {neuron} in the manifest"
        elif not abs(value - recorded) <= TOLERANCE * max(abs(recorded), high - low if band else 1.0):
            yield f"gives {neuron} {value:.6g}, the manifest says {recorded:.6g}"
        if isinstance(sample, Sample) and not low <= value <= high:
            yield f"gives {neuron} {value:.6g}, outside of {low:.6g} to {high:.6g}"


def _strangers(folder: Path, samples: Sequence[Sample]) -> Iterator[str]:
    images = [image for sample in samples for image in (sample, sample.start) if image]
    known = {folder / image.file for image in images}
    for path in sorted([*(folder / "images").glob("*"), *(folder / "starts").glob("*")]):
        if path not in known:
            yield f"{path.relative_to(folder)} is not in the manifest"
