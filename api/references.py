"""Natural images that excite a neuron, with links to their thumbnails."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from inverset.api.deps import Services
from inverset.contract.errors import NotFound
from inverset.jobs import neurons, store, views
from inverset.jobs.catalogue import Catalogue


def of_neuron(services: Services, model: str, neuron: str) -> dict[str, Any]:
    """A histogram of the neuron's activations, and for each quantile bin some of its images.

    Raises:
        NotFound: there is no such model or neuron, or nothing was chosen for it (yet).
    """
    with services.reading() as session:
        version, offered = (
            services.reference_images.version(session, model),
            store.offered(session, model, [neuron]),
        )
    return _linked(services, version, offered, neurons.find(offered, neuron))


def if_chosen(services: Services, model: str, neuron: str) -> dict[str, Any] | None:
    """The same as ``of_neuron``; None: no images have been chosen (yet)."""
    try:
        return of_neuron(services, model, neuron)
    except NotFound:
        return None


def highest(services: Services, offered: Catalogue, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The images of the last bin of each neuron, by canonical name; neurons without chosen images are left out."""
    try:
        with services.reading() as session:
            version = services.reference_images.version(session, offered["name"])
    except NotFound:
        return {}
    rows = {}
    for name in names:
        with suppress(NotFound):
            rows[name] = _linked(services, version, offered, name)["bins"][-1]["images"]
    return rows


def _linked(services: Services, version: str, offered: Catalogue, canonical: str) -> dict[str, Any]:
    images = services.reference_images.neuron(version, offered, canonical)
    for image in (image for each in images["bins"] for image in each["images"]):
        image["links"] = {"image": views.reference(offered["name"], image["number"], version)}
    return images
