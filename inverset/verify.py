"""Checks a gallery with its model: every file, every activation, every band."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import torch

from inverset.contract.manifest import Manifest, SampleRecord, StartRecord
from inverset.contract.question import Target, describe
from inverset.gallery import image_codec
from inverset.gallery.image_codec import Pixels
from inverset.sampler import zoo
from inverset.sampler.bundle import Bundle
from inverset.sampler.problem import Problem, ProblemError, read_images

TOLERANCE = 1e-4  # of the activation, or of the band's width where that is larger
BATCH = 100  # images

Load = Callable[[str], Bundle]
Image = SampleRecord | StartRecord


@dataclass
class Findings:
    """The result for one gallery; good if there are no differences."""

    folder: Path
    samples: int
    asked: str  # for people
    differences: list[str] = field(default_factory=list)


def verify(
    folder: Path,
    manifest: Manifest,
    load: Load = zoo.load,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Findings:
    """Check a gallery against its manifest and its model; ``on_progress`` gets the number of samples checked."""
    samples = manifest.samples
    findings = Findings(folder, len(samples), describe(manifest.targets))
    try:
        asked = _problem(manifest, load)
    except (zoo.ZooError, ProblemError, _Another) as error:
        findings.differences.append(str(error))
        return findings
    rest = iter(samples)
    while batch := list(islice(rest, BATCH)):
        starts = [sample.start for sample in batch if sample.start]
        findings.differences += _differences(folder, [*batch, *starts], manifest.targets, asked)
        on_progress(len(batch))
    findings.differences += _strangers(folder, samples)
    return findings


class _Another(Exception):
    """The gallery was made with other weights."""


def _problem(manifest: Manifest, load: Load) -> Problem:
    """The gallery's question as a problem, under the same weights."""
    named = manifest.model
    bundle = load(named.name)
    if bundle.sha256 != named.sha256:
        raise _Another(
            f"made with {named.name} of the SHA-256 {named.sha256[:12]}..., here it is {bundle.sha256[:12]}..."
        )
    return Problem.of(bundle, manifest.targets)


def _differences(
    folder: Path, batch: Sequence[Image], targets: Sequence[Target], asked: Problem
) -> Iterator[str]:
    """The differences of some samples and starts, file by file."""
    whole: list[tuple[Image, Pixels]] = []
    for sample in batch:
        read = _pixels(folder, sample, asked.bundle)
        if isinstance(read, str):
            yield f"{sample.file} {read}"
        else:
            whole.append((sample, read))
    if whole:
        images = torch.stack([torch.tensor(pixels).permute(2, 0, 1) for _, pixels in whole])
        activations, _ = read_images(asked.bundle, asked.neurons, images)
        for (sample, _), values in zip(whole, activations.tolist(), strict=True):
            yield from (f"{sample.file} {difference}" for difference in _deviations(sample, values, targets))


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
        return "is not a PNG, or is damaged"
    if changed:
        return "has changed since it was delivered: its SHA-256 differs"
    height, width = bundle.size
    if pixels.shape != (height, width, 3):
        return f"is {pixels.shape[1]}x{pixels.shape[0]}, the model's images are {width}x{height}"
    return pixels


def _deviations(sample: Image, values: Sequence[float], targets: Sequence[Target]) -> Iterator[str]:
    """How the model's activations differ from the manifest and, for a sample, whether they leave the band."""
    for target, value in zip(targets, values, strict=True):
        neuron, band = target.neuron, target.band
        recorded = sample.activations.get(neuron)
        if recorded is None:
            yield f"has no activation of {neuron} in the manifest"
        elif not abs(value - recorded) <= TOLERANCE * max(abs(recorded), band.width or 1.0):
            yield f"gives {neuron} {value:.6g}, the manifest says {recorded:.6g}"
        if isinstance(sample, SampleRecord) and not band.low <= value <= band.high:
            yield f"gives {neuron} {value:.6g}, outside of {band.low:.6g} to {band.high:.6g}"


def _strangers(folder: Path, samples: Sequence[SampleRecord]) -> Iterator[str]:
    images = [image for sample in samples for image in (sample, sample.start) if image]
    known = {folder / image.file for image in images}
    for path in sorted([*(folder / "images").glob("*"), *(folder / "starts").glob("*")]):
        if path not in known:
            yield f"{path.relative_to(folder)} is not in the manifest"
