"""What a neuron does to natural images, with links to those that are shown."""

from typing import Any

from api.deps import House
from jobs import neurons, store, views
from jobs.lifecycle import NotFound


def of_neuron(house: House, model: str, neuron: str) -> dict[str, Any]:
    """A histogram, and for each quantile bin some of its images.

    Raises:
        NotFound: there is no such model or neuron, or nothing was chosen for it (yet).
    """
    with house.reading() as session:
        version, offered = house.shelf.version(session, model), store.model(session, model).catalogue
    found = house.shelf.neuron(version, offered, neurons.find(offered, neuron))
    for image in (image for each in found["bins"] for image in each["images"]):
        image["links"] = {"image": views.reference(model, image["number"], version)}
    return found


def if_chosen(house: House, model: str, neuron: str) -> dict[str, Any] | None:
    """The same; None where nothing was chosen (yet)."""
    try:
        return of_neuron(house, model, neuron)
    except NotFound:
        return None
