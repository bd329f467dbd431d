"""Measures a model on its natural images, or without any on what its generator draws: streamed, and resumed where it was left."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from inverset.sampler.bundle import CodeStatistics, Prior
from inverset.sampler.priors.worth import Networks
from inverset.sampler.zoo.errors import BadEntry
from inverset.sampler.zoo.own import prior, statistics
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.kept import FOLDER, Kept, of_name
from inverset.sampler.zoo.own.locking import alone
from inverset.sampler.zoo.own.pictures import Pictures
from inverset.sampler.zoo.own.plan import Plan
from inverset.sampler.zoo.own.quantiles import summaries
from inverset.sampler.zoo.own.seeing import FLAT, look, reader
from inverset.sampler.zoo.parts import Size

QUICK = 500  # images that a model is measured on where nobody has asked for more
DRAWS = 2000  # of the generator, where there are no images
CYCLED = 500  # codes whose cycle error is measured
NOTED = "images.json"  # what was found out of files, beside the measurements
_BATCH = 32
_SAVE_SECONDS = 10
_VERSION = 5  # of what is measured and how
Tell = Callable[[int, int, str], object]  # done, of how many, what; after a colon and a space, how it stands


def silently(done: int, total: int, what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Calibration:
    """What is to be measured of a model, and where it is kept."""

    assembly: Assembly
    pictures: Pictures | None  # None: draws of G
    whole: int  # natural images there are, of which ``pictures`` may be some
    plan: Plan
    kept: Kept

    @classmethod
    def of(cls, assembly: Assembly, data: Path, count: int | None, tell: Tell = silently) -> "Calibration":
        """Of all natural images, or of so many.

        Raises:
            BadEntry: the folder of images is none, or none can be read.
        """
        folder, every, pictures, whole = assembly.entry.images, assembly.images, None, 0
        noted = data / FOLDER / NOTED
        if every is None and folder is not None:
            every = Pictures.of(data / folder, assembly.generator.size)
        if every is not None:
            whole = len(every)
            pictures = every.some(count).readable(noted, tell)
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
        return cls(assembly, pictures, whole, plan, Kept.of(data, key))

    def make(self, tell: Tell = silently) -> Kept:
        """Measure what was not measured yet. What an earlier try left is gone on with; where another process is at it, it is waited for."""
        if self.kept.is_whole:
            return self.kept
        with alone(self.kept.lock, lambda: tell(self.kept.done, self.count, "by another process")):
            if not self.kept.is_whole:
                self._sweep(tell)
                self._conclude(tell)
        return self.kept

    @property
    def count(self) -> int:
        """Images, natural or drawn."""
        return DRAWS if self.pictures is None else len(self.pictures)

    def _sweep(self, tell: Tell) -> None:
        done, rows = self.kept.done, self.plan.rows()
        tables = {
            name: self.kept.table(name, shape, anew=done == 0) for name, shape in self._tables().items()
        }
        saved = time.monotonic()
        for codes, images in self._batches(done):
            seen = self._seen(images, codes)
            self._check_numbers(seen, done)
            upto = done + len(images)
            for place, part in rows.items():
                tables["activations"][part, done:upto] = seen.readings[place].T.cpu().numpy()
            for name, values in seen.vectors.items():
                tables[name][done:upto] = values.cpu().numpy()
            done = upto
            tell(done, self.count, "images" if self.pictures else "draws of the generator")
            if time.monotonic() > saved + _SAVE_SECONDS:
                self._save(tables, done)
                saved = time.monotonic()
        self._save(tables, done)

    def _check_numbers(self, seen: "_Seen", done: int) -> None:
        """Raises BadEntry where a layer gives what is no finite number: no quantile can be made of it."""
        for what, values in (
            *((name, each) for (name, _), each in seen.readings.items()),
            *seen.vectors.items(),
        ):
            finite = values.isfinite().flatten(1).all(dim=1)
            if not bool(finite.all()):
                row = done + int(finite.logical_not().nonzero()[0])
                which = self.pictures.files[row] if self.pictures else f"draw {row} of the generator"
                raise BadEntry(
                    f"{what} gives values that are no finite numbers, of {which}; leave the layer out of `layers`, or the image out"
                )

    def _save(self, tables: dict[str, np.memmap], done: int) -> None:
        for table in tables.values():
            table.flush()
        self.kept.note(done)

    def _tables(self) -> dict[str, tuple[int, int]]:
        """Name -> rows and columns of what is kept of every image."""
        assembly = self.assembly
        found = {
            "activations": (self.plan.neurons, self.count),
            "features": (self.count, assembly.encoder_shapes[assembly.layer].numbers),
        }
        if self._has_codes:
            found["codes"] = (self.count, assembly.entries)
        if self.pictures is not None:
            found["judged"] = (self.count, self._judged(assembly.blank).shape[1])
        return found

    @property
    def _has_codes(self) -> bool:
        """Whether codes are kept beside features: where they are others, and images have any."""
        generator = self.assembly.generator
        if self.pictures is None:
            return True
        return not self.assembly.is_inverse and (
            generator.inverts is not None or generator.encode is not None
        )

    def _batches(self, first: int) -> Iterator[tuple[Tensor | None, Tensor]]:
        """From a number on: codes (k, d), where images have any of themselves, with images (k, 3, h, w) in [0, 1] on the device."""
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
    def _seen(self, images: Tensor, codes: Tensor | None) -> "_Seen":
        """All that is kept of a batch."""
        assembly, plan = self.assembly, self.plan
        flattened = {each for each in (self._inverted, None if assembly.other else assembly.layer) if each}
        wanted = {
            name: reader(
                plan.readings.get(name, ()),
                assembly.network.directions.get(name, {}),
                flat=name in flattened,
            )
            for name in dict.fromkeys([*plan.readings, *sorted(flattened)])
        }
        found = look(assembly.network, images, wanted)
        readings = {(name, way): found[name][way] for name, ways in plan.readings.items() for way in ways}
        vectors = {"features": self._features(images) if assembly.other else found[assembly.layer][FLAT]}
        if self.pictures is not None:
            vectors["judged"] = self._judged(images)
        if codes is not None:
            vectors["codes"] = codes
        elif self._inverted:
            vectors["codes"] = found[self._inverted][FLAT]
        elif self._has_codes and assembly.generator.encode is not None:
            vectors["codes"] = assembly.generator.encode(images)
        return _Seen(readings, vectors)

    @property
    def _inverted(self) -> str | None:
        """The layer whose output is the code, where that is not E."""
        generator = self.assembly.generator
        return generator.inverts if self.pictures and not self.assembly.is_inverse else None

    def _judged(self, images: Tensor) -> Tensor:
        """What the judge says of images in [0, 1] on the 8-bit grid: (k, j)."""
        return self.assembly.judge.read((images * 255).round().to(torch.uint8))

    def _features(self, images: Tensor) -> Tensor:
        read = {self.assembly.layer: flat}
        return look(self.assembly.encoder, images, read)[self.assembly.layer]

    def _conclude(self, tell: Tell) -> None:
        if not self.kept.is_summarised:
            found = self._statistics(tell)
            self.kept.keep(found, summaries(self.assembly, self.plan, self.kept.tensor("activations"), tell))
        found = self.kept.statistics(torch.device("cpu"))
        fitted, about = self._prior(found, tell)
        self.kept.conclude(fitted, {**self._about(found), "prior": about})

    @property
    def _natural(self) -> Tensor | None:
        """Codes (r, d) of natural images, or of draws where there are none; None: images have none."""
        features = self.assembly.is_inverse and self.pictures
        return self.kept.tensor("features" if features else "codes")

    def _statistics(self, tell: Tell) -> CodeStatistics:
        assembly, natural = self.assembly, self._natural
        cycle = self._cycle(natural, tell) if assembly.is_inverse and natural is not None else None
        if self.pictures is None or natural is None:
            return statistics.of_prior(assembly.generator, cycle)
        return statistics.of_codes(natural, assembly.generator, cycle)

    def _prior(self, found: CodeStatistics, tell: Tell) -> tuple[Prior, dict[str, Any]]:
        """The prior over codes, and what is kept of it."""
        natural, judged = self._natural, self.kept.tensor("judged")
        own = self.assembly.generator.inverts is None
        if own or self.pictures is None or natural is None or judged is None:
            return prior.of_generator(found)
        judge, read = self.assembly.judge, self.pictures.read
        fitting = prior.Fitting(natural, judged, read, found, self._networks, judge, self.kept.training)
        return fitting.fit(QUICK, tell)

    def _networks(self, read: Callable[[Tensor], Tensor]) -> Networks:
        """G and E for measuring draws, with how a judge sees images."""
        assembly = self.assembly

        def paint(codes: Tensor) -> Tensor:
            return (painted(assembly, codes) * 255).round().to(torch.uint8).cpu()

        def encode(images: Tensor) -> Tensor:
            return self._features(images.to(assembly.device).float() / 255).cpu()

        return Networks(paint, encode if assembly.is_inverse else None, read, torch.device("cpu"))

    @torch.no_grad()
    def _cycle(self, codes: Tensor, tell: Tell) -> Tensor:
        """|E(G(c)) - c| / |c| of some codes, evenly spread: (k,)."""
        count, errors = min(CYCLED, len(codes)), list[Tensor]()
        rows = torch.arange(count) * len(codes) // count
        for chunk in rows.split(_BATCH):
            original = codes[chunk].to(self.assembly.device)
            images = painted(self.assembly, original)
            again = self._features(images)
            errors.append(((again - original).norm(dim=1) / original.norm(dim=1).clamp_min(1e-6)).cpu())
            tell(sum(map(len, errors)), count, "codes through G and E")
        return torch.cat(errors)

    def _about(self, found: CodeStatistics) -> dict[str, Any]:
        return {
            "name": self.assembly.entry.name,
            "sha256": self.assembly.sha256,
            "images": len(self.pictures) if self.pictures else 0,
            "of": self.whole,
            "draws": 0 if self.pictures else DRAWS,
            "axes": None if found.axes is None else found.axes.shape[1],
            "neurons": self.plan.neurons,
        }


def look_at_images(images: Path, size: Size, data: Path) -> str:
    """How many natural images a folder holds, and which of them are left out: of as many as a new model is measured on.

    Raises:
        BadEntry: there is no such folder, or nothing in it can be read.
    """
    every = Pictures.of(images, size)
    some = every.some(QUICK).readable(data / FOLDER / NOTED, silently)
    looked = "" if len(every) <= QUICK else f"; {QUICK} of them were looked at"
    missing = f"; {some.missing}" if some.missing else ""
    return f"{images} holds {len(every)} images{looked}{missing}"


class _Seen(NamedTuple):
    readings: dict[tuple[str, str], Tensor]  # (layer, reading) -> (k, units)
    vectors: dict[str, Tensor]  # table -> (k, width)


def flat(output: Tensor) -> Tensor:
    """A layer's output as E gives it: (k, e)."""
    return output.flatten(1)


@torch.no_grad()
def painted(assembly: Assembly, codes: Tensor) -> Tensor:
    """G's images (k, 3, h, w) in [0, 1] on the 8-bit grid."""
    images: Tensor = assembly.generator.module(codes.to(assembly.device))
    return (images.clamp(0, 1) * 255).round() / 255


def latest(assembly: Assembly, data: Path, tell: Tell = silently) -> Calibration:
    """The best there is: of all images if that was made, else of some, which is made where it was not."""
    some = Calibration.of(assembly, data, QUICK, tell)
    if some.whole <= QUICK:
        return some
    made = {kept.folder for kept in of_name(data, assembly.entry.name) if kept.about["images"] > QUICK}
    if not made:  # nobody has looked at all the images yet, and that takes long
        return some
    whole = Calibration.of(assembly, data, None, tell)
    return whole if whole.kept.is_whole else some


def stale(data: Path, calibration: Calibration) -> list[Kept]:
    """Measurements of a model of the same name that were made of other weights or images."""
    return [
        kept
        for kept in of_name(data, calibration.assembly.entry.name)
        if kept.folder != calibration.kept.folder
    ]
