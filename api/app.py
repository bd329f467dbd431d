"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from inverset.api import errors
from inverset.api.auth import AuthCache, admitted
from inverset.api.body_middleware import BodyLimit, Drained, KeyFirst, Utf8
from inverset.api.deps import Services
from inverset.api.hosts import KnownHost, SameOrigin
from inverset.api.job_events import JobBroadcaster
from inverset.api.metrics import Metrics
from inverset.api.middleware import AccessLog, Headed, Readable, RequestId
from inverset.api.openapi import Documented
from inverset.api.places import Placed
from inverset.api.routes import (
    admin,
    compare,
    docs,
    events,
    gallery,
    health,
    image_tries,
    jobs,
    metrics,
    models,
    queue,
    samples,
    share_links,
    shared,
    sweeps,
    team,
    webhooks,
)
from inverset.api.schemas import REFUSALS
from inverset.api.shared_pages import SharedPages
from inverset.api.store_probe import StoreProbe
from inverset.api.web import pages, rendering
from inverset.api.web.rendering import STATIC
from inverset.config.settings import Settings

_NOWHERE = {"type": "http", "method": "GET", "path": "\0", "root_path": "", "headers": []}
DESCRIPTION = """
Inverset makes images that drive a neuron into a band of activations (its inverse set).

`GET /v1/models` lists the models and `POST /v1/jobs` starts a gallery; then follow the links in the answer.
Errors are `application/problem+json`.
"""


def create_app(settings: Settings) -> FastAPI:
    """The application of an installation. Its database may be empty still: `/readyz` says so.

    Raises:
        ValueError: the settings name a store that is none.
    """
    services = Services.of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        rendering.prepare()
        yield
        services.close()

    app = Documented(
        title="Inverset",
        version=version("inverset"),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a path exists or not, and the key is checked before any answer
    )
    app.state.services, app.state.metrics = services, Metrics(services)
    app.state.job_broadcaster, app.state.auth_cache = JobBroadcaster(services), AuthCache()
    app.state.store_probe, app.state.shared_pages = StoreProbe(services.blobs), SharedPages(services)
    for routes in (
        jobs,
        compare,
        events,
        sweeps,
        samples,
        gallery,
        share_links,
        models,
        image_tries,
        queue,
        team,
        webhooks,
        admin,
    ):
        app.include_router(routes.router, prefix="/v1", responses=REFUSALS, dependencies=[Depends(admitted)])
    for routes in (health, metrics, docs):
        app.include_router(routes.router)
    app.include_router(shared.router, include_in_schema=False)
    for router in pages.OPEN:
        app.include_router(router, include_in_schema=False)
    for router in pages.KEYED:
        app.include_router(router, include_in_schema=False, dependencies=[Depends(admitted)])
    app.mount("/static", StaticFiles(directory=str(STATIC)))
    errors.install(app)
    app.add_middleware(Utf8)
    app.add_middleware(Readable)
    app.add_middleware(Headed)
    app.add_middleware(KeyFirst)
    app.add_middleware(SameOrigin, settings=settings)
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, most_of_images=settings.max_images_bytes)
    app.add_middleware(KnownHost, settings=settings)
    app.add_middleware(Drained)
    app.add_middleware(AccessLog)
    app.add_middleware(RequestId)
    app.add_middleware(Placed, settings=settings)  # added last, passed first
    return app


def build_routes(app: FastAPI) -> None:
    """Have all routes built now: the framework does so when the first request looks among them, and lets it wait for that."""
    for route in app.router.routes:
        route.matches(dict(_NOWHERE))
