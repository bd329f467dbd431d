"""Puts an entry's parts, what was measured of them and its images together as a bundle."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inverset.sampler.bundle import Bundle, Encoder
from inverset.sampler.zoo.errors import BadEntry, ZooError
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.calibration import Calibration, Tell, latest, silently, stale
from inverset.sampler.zoo.own.file import entry
from inverset.sampler.zoo.own.reference import FolderReference

log = logging.getLogger(__name__)


def load(name: str, data: Path, device: str = "cpu", tell: Tell = silently) -> Bundle:
    """Load a model of one's own; one that was never measured is measured on some of its images first, and that is kept.

    Raises:
        UnknownModel: there is none of that name.
        ZooError: its entry, a part or its images are not what they should be; the message begins with the model's name.
    """
    found = entry(data, name)
    try:
        calibration = latest(Assembly.of(found, data, device), data, tell)
        if not calibration.kept.is_whole and (old := stale(data, calibration)):
            log.warning("%s", said_of(name, len(old)))
        calibration.make(tell)
        return assemble(calibration)
    except BadEntry as error:
        raise BadEntry(f"{name}: {error}") from None
    except ZooError as error:
        raise ZooError(f"{name}: {error}") from None
    except OSError as error:
        raise ZooError(f"{name}: {error.filename or data}: {error.strerror or error}") from None
    except Exception as error:  # a stranger's network may raise anything, and is to hide no other model
        log.exception("%s", name)
        raise ZooError(f"{name} cannot be run: {type(error).__name__}: {error}") from error


def said_of(name: str, count: int) -> str:
    """What is told of measurements that are of no use any more."""
    return (
        f"{name} was measured with other weights, layers or images ({count} such measurements lie there); "
        f"it is measured again on some images. For all of them: inverset models calibrate {name}"
    )


def assemble(calibration: Calibration) -> Bundle:
    """The bundle of a calibration that is whole, on its assembly's device."""
    assembly, kept = calibration.assembly, calibration.kept
    return Bundle(
        name=assembly.entry.name,
        sha256=assembly.sha256,
        network=assembly.network.module,
        generator=assembly.generator.module,
        preprocess=assembly.network.preprocess,
        encoder=(
            Encoder(assembly.other.module, assembly.other.preprocess, assembly.layer)
            if assembly.other
            else assembly.layer
        ),
        statistics=kept.statistics(assembly.device),
        layers=assembly.layers,
        labels=assembly.network.labels,
        reference=None if calibration.pictures is None else FolderReference(calibration),
        catalogue=_catalogue(calibration),
        judge=assembly.judge,
        labeller=assembly.labeller,
        painting=assembly.generator.painting,
        prior=kept.prior(assembly.device),
        learnt=assembly.generator.learnt,
        directions=assembly.network.directions,
        channels_last=assembly.network.channels_last,
    )


def _catalogue(calibration: Calibration) -> Mapping[str, Any]:
    assembly = calibration.assembly
    return {
        "name": assembly.entry.name,
        "sha256": assembly.sha256,
        "description": _description(calibration),
        "image": list(assembly.generator.size),
        "code": assembly.entries,
        "measured_on": measured_on(calibration.kept.about),
        "trained": not assembly.untrained,
        "layers": [assembly.shapes[name].described() for name in assembly.layers],
        "neurons": calibration.kept.neurons,
    }


def _description(calibration: Calibration) -> str:
    entry = calibration.assembly.entry
    given = entry.description or f"{entry.network.source}, painted by {entry.generator.source}."
    measured = f"Activations: {measured_on(calibration.kept.about)}."
    return " ".join([given, *calibration.assembly.untrained, measured])


def measured_on(about: Mapping[str, Any]) -> str:
    """What the quantiles are quantiles of, in words."""
    if not about["images"]:
        return f"measured on {about['draws']} draws of the generator, as there are no natural images"
    if about["images"] < about["of"]:
        return f"measured on {about['images']} of {about['of']} natural images"
    return f"measured on {about['images']} natural images"
