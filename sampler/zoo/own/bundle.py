"""Assembles a bundle of an entry's parts, their measurements and the images."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inverset.sampler.bundle import Bundle, Encoder
from inverset.sampler.zoo.errors import BadEntry, ZooError
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.calibration import Calibration, OnProgress, latest, silently, stale
from inverset.sampler.zoo.own.file import entry
from inverset.sampler.zoo.own.reference import FolderReference

log = logging.getLogger(__name__)


def load(name: str, data: Path, device: str = "cpu", on_progress: OnProgress = silently) -> Bundle:
    """A custom model; a model that was never measured is first measured on some of its images, and the result is stored.

    Raises:
        UnknownModel: there is no model of that name.
        ZooError: its entry, a part or its images are invalid; the message begins with the model's name.
    """
    chosen = entry(data, name)
    try:
        calibration = latest(Assembly.of(chosen, data, device), data, on_progress)
        if not calibration.kept.is_whole and (old := stale(data, calibration)):
            log.warning("%s", _stale_warning(name, len(old)))
        calibration.make(on_progress)
        return assemble(calibration)
    except BadEntry as error:
        raise BadEntry(f"{name}: {error}") from None
    except ZooError as error:
        raise ZooError(f"{name}: {error}") from None
    except OSError as error:
        raise ZooError(f"{name}: {error.filename or data}: {error.strerror or error}") from None
    except Exception as error:  # an untrusted network may raise anything, and must hide no other model
        log.exception("%s", name)
        raise ZooError(f"{name} cannot be run: {type(error).__name__}: {error}") from error


def _stale_warning(name: str, count: int) -> str:
    """The warning about measurements that no longer fit the model."""
    return (
        f"{name} was measured with other weights, layers or images ({count} such measurements lie there); "
        f"it is measured again on some images. For all of them: inverset models calibrate {name}"
    )


def assemble(calibration: Calibration) -> Bundle:
    """The bundle of a complete calibration, on its assembly's device."""
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
        unmeasured=kept.about.of - kept.about.images if kept.about.images else 0,
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
        "measured_on": calibration.kept.about.measured_on,
        "trained": not assembly.untrained,
        "layers": [assembly.shapes[name].described() for name in assembly.layers],
        "neurons": calibration.kept.neurons,
    }


def _description(calibration: Calibration) -> str:
    entry = calibration.assembly.entry
    given = entry.description or f"{entry.network.source}, with the generator {entry.generator.source}."
    measured = f"Activations: {calibration.kept.about.measured_on}."
    return " ".join([given, *calibration.assembly.untrained, measured])
