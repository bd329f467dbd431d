"""Answers users who try images on a neuron: files are decoded in a thread and a child process, networks run between steps of jobs."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from queue import Empty, Queue
from threading import Event
from typing import NamedTuple

import torch
from sqlalchemy.exc import SQLAlchemyError
from torch import Tensor

from inverset.contract.errors import ProblemError, first_line
from inverset.contract.image_tries import TOP_UNITS, DrivenUnit, TriedImage
from inverset.jobs import image_tries, store
from inverset.jobs.database import writing
from inverset.jobs.image_tries import Sent, Taken
from inverset.sampler.bundle import Bundle
from inverset.sampler.evaluation import layer_units
from inverset.sampler.image_files import Pixels
from inverset.sampler.neuron import Neuron
from inverset.sampler.zoo import ZooError
from inverset.worker import image_decoder
from inverset.worker.models import Models
from inverset.worker.services import Services

log = logging.getLogger(__name__)


class Decoded(NamedTuple):
    """Images of a request; of each file its pixels or why there are none, and None of a reference image."""

    taken: Taken
    pixels: Sequence[Pixels | str | None]


class ImageTries:
    """The requests that this worker has taken; one at a time, so that other workers take the next."""

    def __init__(self, services: Services, models: Models) -> None:
        self._services, self._models = services, models
        self._ready: Queue[Decoded] = Queue()

    def start(self, stop: Event) -> None:
        """Take and decode in a thread until ``stop`` is set."""
        threading.Thread(target=self._take_until, args=(stop,), name="image tries", daemon=True).start()

    def take(self) -> bool:
        """Take a request out of the database and decode its files; returns False if none waits or one is taken already."""
        names, sessions = self._models.names, self._services.sessions
        if not self._ready.empty():
            return False
        with sessions.begin() as session:
            if image_tries.oldest(session, names) is None:
                return False
        with writing(sessions) as session:
            taken = image_tries.take(session, names)
            height, width = (0, 0) if taken is None else store.offered(session, taken.model).image
        if taken is None:
            return False
        image_tries.empty_log(sessions)
        files = [each.content for each in taken.images if each.reference is None]
        decoded = iter(image_decoder.decode(files, (height, width)))
        pixels = [next(decoded) if each.reference is None else None for each in taken.images]
        self._ready.put(Decoded(taken, pixels))
        return True

    def answer(self) -> bool:
        """Run the network on what is decoded and store the results; returns False if there is nothing. Raises nothing."""
        try:
            decoded = self._ready.get_nowait()
        except Empty:
            return False
        try:
            images, error = _tried(self._models.load(decoded.taken.model), decoded), None
        except (ZooError, ProblemError) as fault:
            images, error = None, str(fault)
        except Exception as fault:
            log.exception("images tried on %s", decoded.taken.model)
            images, error = None, f"{type(fault).__name__}: {first_line(fault)}"
        try:
            with writing(self._services.sessions) as session:
                image_tries.answer(session, decoded.taken.id, images, error)
        except SQLAlchemyError as away:
            log.warning("images were tried and the results cannot be stored: %s", away)
        return True

    def _take_until(self, stop: Event) -> None:
        while not stop.wait(self._services.settings.idle_seconds):
            try:
                self.take()
            except SQLAlchemyError as error:
                log.debug("the database does not answer: %s", error)
            except Exception:
                log.exception("images to try")


def _tried(bundle: Bundle, decoded: Decoded) -> list[TriedImage]:
    """The results for each image. Raises ProblemError where the network cannot be read at the neuron."""
    neuron = Neuron.parse(decoded.taken.neuron, bundle)
    names = [each.name for each in decoded.taken.images]
    found = [_image(bundle, *each) for each in zip(decoded.taken.images, decoded.pixels, strict=True)]
    good = [each for each in found if not isinstance(each, str)]
    read = iter(_results(bundle, neuron, torch.stack(good)) if good else [])
    return [
        TriedImage(name, error=image) if isinstance(image, str) else replace(next(read), name=name)
        for name, image in zip(names, found, strict=True)
    ]


def _image(bundle: Bundle, sent: Sent, pixels: Pixels | str | None) -> Tensor | str:
    """The image (3, h, w) uint8, or the reason why there is none."""
    if isinstance(pixels, str):
        return pixels
    if pixels is not None:
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)
    count = 0 if bundle.reference is None else len(bundle.reference.codes)
    if bundle.reference is None or not 0 <= (sent.reference or 0) < count:
        return f"there is no natural image {sent.reference}; {bundle.name} has {count:,}, counted from 0"
    return bundle.reference.images([sent.reference or 0])[0]


def _results(bundle: Bundle, neuron: Neuron, images: Tensor) -> list[TriedImage]:
    """The results for images (k, 3, h, w) uint8, without names."""
    read = layer_units.read_layer(bundle, neuron, images)
    return [
        TriedImage(
            "",
            activation=float(read.neuron[row]),
            percentile=None if read.percentile is None else float(read.percentile[row]),
            units=tuple(
                DrivenUnit(read.names[at], float(read.units[row, at]), float(read.percentiles[row, at]))
                for at in layer_units.top(read, row, TOP_UNITS)
            ),
            compared=len(read.names),
        )
        for row in range(len(images))
    ]
