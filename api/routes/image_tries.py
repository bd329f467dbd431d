"""Images tried on a neuron: sent, read by a worker, and deleted minutes later."""

from fastapi import APIRouter

from inverset.api import image_uploads, views
from inverset.api.auth import AsCaller
from inverset.api.deps import InServices, Services
from inverset.api.image_uploads import Images
from inverset.api.schemas import ImageTryAnswer
from inverset.jobs import image_tries, neurons, store
from inverset.jobs.access import Caller

router = APIRouter(tags=["models"])


@router.post("/models/{name}/neurons/{neuron:path}/images", status_code=202, openapi_extra=image_uploads.BODY)
def post_images(
    name: str, neuron: str, services: InServices, caller: AsCaller, images: Images
) -> ImageTryAnswer:
    """Try images on a neuron: where they fall among natural images, and which units of its layer they drive most.

    Poll the link `self` until the state is `succeeded` or `failed`. The images are deleted as soon as a worker has read them, the
    results after ten minutes. An image is resized by its shorter side and cropped at its centre, as the model takes it.
    """
    return accept(services, caller, (name, neuron), images)


@router.get("/image-tries/{try_id}")
def get_image_try(try_id: str, services: InServices, caller: AsCaller) -> ImageTryAnswer:
    """The results of images that you tried: only yours, and for ten minutes."""
    with services.reading() as session:
        return views.describe_image_try(image_tries.one(session, caller.name, try_id))


@router.delete("/image-tries/{try_id}", status_code=204)
def delete_image_try(try_id: str, services: InServices, caller: AsCaller) -> None:
    """Delete images and results now."""
    with services.writing() as session:
        image_tries.remove(session, caller.name, try_id)


def accept(services: Services, caller: Caller, address: tuple[str, str], images: Images) -> ImageTryAnswer:
    """Queue images for the neuron of a model.

    Raises:
        NotFound: there is no such model or neuron.
        InvalidSpec, LimitExceeded, Draining: nothing was queued.
    """
    with services.writing() as session:
        offered = store.offered(session, address[0])
        canonical = neurons.find(offered, address[1])
        row = image_tries.add(session, caller.name, offered.name, canonical, images)
        answer = views.describe_image_try(row)
    services.announce()
    return answer
