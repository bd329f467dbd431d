"""What a neuron does to natural images, with links to those that are shown."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from inverset.api.deps import Services
from inverset.jobs import neurons, store, views
from inverset.jobs.catalogue import Catalogue
from inverset.jobs.lifecycle import NotFound


def of_neuron(services: Services, model: str, neuron: str) -> dict[str, Any]:
    """A histogram, and for each quantile bin some of its images.

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
    """The same; None where nothing was chosen (yet)."""
    try:
        return of_neuron(services, model, neuron)
    except NotFound:
        return None


def highest(services: Services, offered: Catalogue, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The images of the last bin of each of some neurons, by canonical name; those for whom none were chosen are left out."""
    try:
        with services.reading() as session:
            version = services.reference_images.version(session, offered["name"])
    except NotFound:
        return {}
    found = {}
    for name in names:
        with suppress(NotFound):
            found[name] = _linked(services, version, offered, name)["bins"][-1]["images"]
    return found


def _linked(services: Services, version: str, offered: Catalogue, canonical: str) -> dict[str, Any]:
    found = services.reference_images.neuron(version, offered, canonical)
    for image in (image for each in found["bins"] for image in each["images"]):
        image["links"] = {"image": views.reference(offered["name"], image["number"], version)}
    return found
