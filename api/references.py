"""Natural images that excite a neuron, with links to their thumbnails."""

from collections.abc import Sequence
from contextlib import suppress

from inverset.api import views
from inverset.api.deps import Services
from inverset.api.schemas import ReferenceAnswer, ReferenceBin, ReferenceImage
from inverset.contract.catalogue import Catalogue
from inverset.contract.errors import NotFound
from inverset.gallery.reference_images.cache import Bin
from inverset.jobs import neurons, store


def of_neuron(services: Services, model: str, neuron: str) -> ReferenceAnswer:
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


def if_chosen(services: Services, model: str, neuron: str) -> ReferenceAnswer | None:
    """The same as ``of_neuron``; None: no images have been chosen (yet)."""
    try:
        return of_neuron(services, model, neuron)
    except NotFound:
        return None


def highest(
    services: Services, offered: Catalogue, names: Sequence[str]
) -> dict[str, Sequence[ReferenceImage]]:
    """The images of the last bin of each neuron, by canonical name; neurons without chosen images are left out."""
    try:
        with services.reading() as session:
            version = services.reference_images.version(session, offered.name)
    except NotFound:
        return {}
    rows = dict[str, Sequence[ReferenceImage]]()
    for name in names:
        with suppress(NotFound):
            rows[name] = _linked(services, version, offered, name).bins[-1].images
    return rows


def _linked(services: Services, version: str, offered: Catalogue, canonical: str) -> ReferenceAnswer:
    found = services.reference_images.neuron(version, offered, canonical)
    return ReferenceAnswer(
        neuron=found.neuron,
        references=found.references,
        edges=found.edges,
        counts=found.counts,
        bins=[_bin(each, offered.name, version) for each in found.bins],
    )


def _bin(each: Bin, model: str, version: str) -> ReferenceBin:
    images = [
        ReferenceImage(
            number=image.number,
            activation=image.activation,
            links={"image": views.reference(model, image.number, version)},
        )
        for image in each.images
    ]
    return ReferenceBin(from_=each.first, to=each.last, low=each.low, high=each.high, images=images)
