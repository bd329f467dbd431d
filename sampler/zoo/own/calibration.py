"""Measures a model on its natural images, or on its generator's draws if it has none: streamed and resumable."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors.worth import Networks, PriorCard
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.own import prior, statistics
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.kept import FOLDER, About, Kept, of_name
from inverset.sampler.zoo.own.locking import alone
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.own.plan import Plan
from inverset.sampler.zoo.own.quantiles import summaries
from inverset.sampler.zoo.own.seeing import FLAT, look, reader
from inverset.sampler.zoo.parts import Size

QUICK = 500  # images that a model is measured on by default
DRAWS = 2000  # of the generator, where there are no images
CYCLED = 500  # codes whose cycle error is measured
NOTED = "images.json"  # the checks of files, beside the measurements
_BATCH = 32
_SAVE_SECONDS = 10
_VERSION = 6  # of the measurement's content and format
OnProgress = Callable[
    [int, int, str], object
]  # done, of how many, what; after a colon and a space, how it stands


def silently(done: int, total: int, what: str) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Calibration:
    """A measurement of a model, planned or made, with the place where it is stored."""

    assembly: Assembly
    pictures: Pictures | None  # None: draws of G
    whole: int  # natural images there are, of which ``pictures`` may be some
    plan: Plan
    kept: Kept
    chosen: int | None = None  # images that it is limited to; None: to none

    @classmethod
    def of(
        cls, assembly: Assembly, data: Path, count: int | None, on_progress: OnProgress = silently
    ) -> "Calibration":
        """The calibration on all natural images, or on ``count`` of them.

        Raises:
            BadEntry: there is no such folder of images, or none of them can be read.
        """
        folder, every, pictures, whole = assembly.entry.images, assembly.images, None, 0
        noted = data / FOLDER / NOTED
        if every is None and folder is not None:
            every = Pictures.of(data / folder, assembly.generator.size)
        if every is not None:
            whole = len(every)
            pictures = every.some(count).readable(noted, on_progress)
        plan = Plan.of(assembly)
        content = [
            str(_VERSION),
            assembly.weights,
            pictures.sha256(noted) if pictures else f"{DRAWS} draws",
            repr(sorted(plan.readings.items())),
            *plan.directions(assembly),
            assembly.judged_by,
        ]
        key = hashlib.sha256("\n".join(content).encode()).hexdigest()
        return cls(assembly, pictures, whole, plan, Kept.of(data, key), count)

    def make(self, on_progress: OnProgress = silently) -> Kept:
        """Measure what is missing: an interrupted measurement is resumed, and one in another process is waited for."""
        if self.kept.is_whole:
            return self.kept
        with alone(self.kept.lock, lambda: on_progress(self.kept.done, self.count, "by another process")):
            if not self.kept.is_whole:
                self._measure_images(on_progress)
                self._summarise(on_progress)
        return self.kept

    @property
    def count(self) -> int:
        """The number of images, natural or drawn."""
        return DRAWS if self.pictures is None else len(self.pictures)

    def _measure_images(self, on_progress: OnProgress) -> None:
        done, rows = self.kept.done, self.plan.rows()
        tables = {
            name: self.kept.table(name, shape, anew=done == 0) for name, shape in self._tables().items()
        }
        saved = time.monotonic()
        for codes, images in self._batches(done):
            seen = self._read_batch(images, codes)
            self._check_numbers(seen, done)
            upto = done + len(images)
            for place, part in rows.items():
                tables["activations"][part, done:upto] = seen.readings[place].T.cpu().numpy()
            for name, values in seen.vectors.items():
                tables[name][done:upto] = values.cpu().numpy()
            done = upto
            on_progress(done, self.count, "images" if self.pictures else "draws of the generator")
            if time.monotonic() > saved + _SAVE_SECONDS:
                self._save(tables, done)
                saved = time.monotonic()
        self._save(tables, done)

    def _check_numbers(self, seen: "_BatchReadings", done: int) -> None:
        """Raises BadEntry where a layer gives a number that is not finite: such values have no quantiles."""
        for what, values in (
            *((name, read) for (name, _), read in seen.readings.items()),
            *seen.vectors.items(),
        ):
            finite = values.isfinite().flatten(1).all(dim=1)
            if not bool(finite.all()):
                row = done + int(finite.logical_not().nonzero()[0])
                which = self.pictures.files[row] if self.pictures else f"draw {row} of the generator"
                raise BadEntry(
                    f"{what} gives values that are not finite, for {which}; leave the layer out of `layers`, or remove the image"
                )

    def _save(self, tables: dict[str, np.memmap], done: int) -> None:
        for table in tables.values():
            table.flush()
        self.kept.note(done)

    def _tables(self) -> dict[str, tuple[int, int]]:
        """The rows and columns of each stored table, by name."""
        assembly = self.assembly
        widths = {
            "features": assembly.encoder_shapes[assembly.layer].numbers,
            "codes": assembly.entries if self._has_codes else None,
            "judged": None if self.pictures is None else self._judge_features(assembly.blank).shape[1],
        }
        tables = {name: (self.count, width) for name, width in widths.items() if width is not None}
        return {"activations": (self.plan.neurons, self.count), **tables}

    @property
    def _has_codes(self) -> bool:
        """Whether codes are stored beside features: if they differ, and images have any."""
        generator = self.assembly.generator
        if self.pictures is None:
            return True
        return not self.assembly.is_inverse and (
            generator.inverts is not None or generator.encode is not None
        )

    def _batches(self, first: int) -> Iterator[tuple[Tensor | None, Tensor]]:
        """Batches from the number ``first`` on: codes (k, d) of draws, or None, with images (k, 3, h, w) in [0, 1] on the device."""
        return self._drawn(first) if self.pictures is None else self._photographed(self.pictures, first)

    def _photographed(self, pictures: Pictures, first: int) -> Iterator[tuple[Tensor | None, Tensor]]:
        for images in pictures.batches(first, _BATCH):
            yield None, images.to(self.assembly.device).float() / 255

    def _drawn(self, first: int) -> Iterator[tuple[Tensor | None, Tensor]]:
        generator, number = self.assembly.generator, 0
        for codes in statistics.draws(generator, DRAWS, _BATCH):
            if number >= first:
                yield codes, painted(self.assembly, codes)
            number += len(codes)

    @torch.no_grad()
    def _read_batch(self, images: Tensor, codes: Tensor | None) -> "_BatchReadings":
        """Everything that is stored of a batch."""
        assembly, plan = self.assembly, self.plan
        flattened = {layer for layer in (self._inverted, None if assembly.other else assembly.layer) if layer}
        readers = {
            name: reader(
                plan.readings.get(name, ()),
                assembly.network.directions.get(name, {}),
                flat=name in flattened,
            )
            for name in dict.fromkeys([*plan.readings, *sorted(flattened)])
        }
        outputs = look(assembly.network, images, readers)
        readings = {(name, way): outputs[name][way] for name, ways in plan.readings.items() for way in ways}
        features = self._features(images) if assembly.other else outputs[assembly.layer][FLAT]
        judged = None if self.pictures is None else self._judge_features(images)
        if codes is None and self._inverted:
            codes = outputs[self._inverted][FLAT]
        elif codes is None and self._has_codes and assembly.generator.encode is not None:
            codes = assembly.generator.encode(images)
        return _BatchReadings(readings, features, judged, codes)

    @property
    def _inverted(self) -> str | None:
        """The layer whose output is the code, if that is not E."""
        generator = self.assembly.generator
        return generator.inverts if self.pictures and not self.assembly.is_inverse else None

    def _judge_features(self, images: Tensor) -> Tensor:
        """The judge's features of images in [0, 1] on the 8-bit grid: (k, j)."""
        return self.assembly.judge.read((images * 255).round().to(torch.uint8))

    def _features(self, images: Tensor) -> Tensor:
        read = {self.assembly.layer: flat}
        return look(self.assembly.encoder, images, read)[self.assembly.layer]

    def _summarise(self, on_progress: OnProgress) -> None:
        if not self.kept.is_summarised:
            codes = self._statistics(on_progress)
            self.kept.keep(
                codes, summaries(self.assembly, self.plan, self.kept.tensor("activations"), on_progress)
            )
        codes = self.kept.statistics(torch.device("cpu"))
        fitted, about = self._prior(codes, on_progress)
        self.kept.conclude(fitted, self._about(codes, about))

    @property
    def _natural_codes(self) -> Tensor | None:
        """The codes (r, d) of natural images, or of draws if there are no images; None: images have no codes."""
        features = self.assembly.is_inverse and self.pictures
        return self.kept.tensor("features" if features else "codes")

    def _statistics(self, on_progress: OnProgress) -> CodeStatistics:
        assembly, natural = self.assembly, self._natural_codes
        cycle = self._cycle(natural, on_progress) if assembly.is_inverse and natural is not None else None
        if self.pictures is None or natural is None:
            return statistics.of_prior(assembly.generator, cycle)
        return statistics.of_codes(natural, assembly.generator, cycle)

    def _prior(self, codes: CodeStatistics, on_progress: OnProgress) -> tuple[Prior, PriorCard]:
        """The prior over codes, and its stored description."""
        natural, judged = self._natural_codes, self.kept.tensor("judged")
        own = self.assembly.generator.inverts is None
        if own or self.pictures is None or natural is None or judged is None:
            return prior.of_generator(codes)
        judge, read = self.assembly.judge, self.pictures.read
        shape = self.assembly.code_shape
        fitting = prior.Fitting(
            natural, judged, read, codes, self._networks, judge, self.kept.training, shape
        )
        return fitting.fit(QUICK, on_progress)

    def _networks(self, read: Callable[[Tensor], Tensor]) -> Networks:
        """G and E for measuring draws, with a judge's features."""
        assembly = self.assembly

        def paint(codes: Tensor) -> Tensor:
            return (painted(assembly, codes) * 255).round().to(torch.uint8).cpu()

        def encode(images: Tensor) -> Tensor:
            return self._features(images.to(assembly.device).float() / 255).cpu()

        return Networks(paint, encode if assembly.is_inverse else None, read, torch.device("cpu"))

    @torch.no_grad()
    def _cycle(self, codes: Tensor, on_progress: OnProgress) -> Tensor:
        """The errors |E(G(c)) - c| / |c| of some codes, evenly spread: (k,)."""
        count, errors = min(CYCLED, len(codes)), list[Tensor]()
        rows = torch.arange(count) * len(codes) // count
        for chunk in rows.split(_BATCH):
            original = codes[chunk].to(self.assembly.device)
            images = painted(self.assembly, original)
            again = self._features(images)
            errors.append(((again - original).norm(dim=1) / original.norm(dim=1).clamp_min(1e-6)).cpu())
            on_progress(sum(map(len, errors)), count, "codes through G and E")
        return torch.cat(errors)

    def _about(self, codes: CodeStatistics, fitted: PriorCard) -> About:
        return About(
            name=self.assembly.entry.name,
            sha256=self.assembly.sha256,
            images=len(self.pictures) if self.pictures else 0,
            of=self.whole,
            draws=0 if self.pictures else DRAWS,
            axes=None if codes.axes is None else codes.axes.shape[1],
            neurons=self.plan.neurons,
            chosen=self.chosen,
            prior=fitted,
        )


def look_at_images(images: Path, size: Size, data: Path) -> str:
    """A sentence on a folder's natural images and those left out, after decoding as many as a new model is measured on.

    Raises:
        BadEntry: there is no such folder, or nothing in it can be read.
    """
    every = Pictures.of(images, size)
    some = every.some(QUICK).readable(data / FOLDER / NOTED, silently)
    looked = "" if len(every) <= QUICK else f"; {QUICK} of them were looked at"
    missing = f"; {some.missing}" if some.missing else ""
    return f"{images} holds {len(every)} images{looked}{missing}"


class _BatchReadings(NamedTuple):
    readings: dict[tuple[str, str], Tensor]  # (layer, reading) -> (k, units)
    features: Tensor  # (k, e)
    judged: Tensor | None  # (k, j); None: there are no natural images
    codes: Tensor | None  # (k, d); None: they are the features, or images have none

    @property
    def vectors(self) -> dict[str, Tensor]:
        """What there is for each table of vectors, by its name."""
        named = {"features": self.features, "judged": self.judged, "codes": self.codes}
        return {name: values for name, values in named.items() if values is not None}


def flat(output: Tensor) -> Tensor:
    """A layer's output as E's features: (k, e)."""
    return output.flatten(1)


@torch.no_grad()
def painted(assembly: Assembly, codes: Tensor) -> Tensor:
    """G's images (k, 3, h, w) in [0, 1] on the 8-bit grid."""
    images: Tensor = assembly.generator.module(codes.to(assembly.device))
    return (images.clamp(0, 1) * 255).round() / 255


def latest(assembly: Assembly, data: Path, on_progress: OnProgress = silently) -> Calibration:
    """The existing calibration on the most images, else one on some images, which may have to be made."""
    some = Calibration.of(assembly, data, QUICK, on_progress)
    if some.whole <= QUICK:
        return some
    counts = {kept.about.chosen for kept in of_name(data, assembly.entry.name) if kept.about.images > QUICK}
    for count in sorted(counts, key=lambda count: -some.whole if count is None else -count):
        made = Calibration.of(assembly, data, count, on_progress)
        if made.kept.is_whole:
            return made
    return some


def stale(data: Path, calibration: Calibration) -> list[Kept]:
    """The measurements of a model of the same name with other weights or images."""
    return [
        kept
        for kept in of_name(data, calibration.assembly.entry.name)
        if kept.folder != calibration.kept.folder
    ]
