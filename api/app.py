"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from api import errors
from api.admission import Lately, admitted
from api.body_gates import Drained, KeyFirst, Limited
from api.depot import Depot
from api.deps import House
from api.document import Documented
from api.gates import Headed, Logged, Numbered, Readable
from api.hosts import KnownHost, SameOrigin
from api.lookout import Lookout
from api.metrics import Metrics
from api.places import Placed
from api.routes import (
    admin,
    compare,
    docs,
    events,
    gallery,
    health,
    jobs,
    metrics,
    models,
    queue,
    samples,
    sweeps,
    team,
    webhooks,
)
from api.schemas import REFUSALS
from api.web import pages, rendering
from api.web.rendering import STATIC
from jobs.settings import Settings

DESCRIPTION = """
Samples the inverse set of a neuron: images that drive it into a band of activations.

Ask `GET /v1/models` what there is, `POST /v1/jobs` what you want, and follow the links of the answer.
Errors are `application/problem+json`.
"""


def create_app(settings: Settings) -> FastAPI:
    """The application of an installation. Its database may be empty still: `/readyz` says so.

    Raises:
        ValueError: the settings name a store that is none.
    """
    house = House.of(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        rendering.prepare()
        yield
        house.close()

    app = Documented(
        title="Inverset",
        version=version("inverset"),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a path is there or it is not, and its key is asked for before anything is said
    )
    app.state.house, app.state.metrics = house, Metrics(house)
    app.state.lookout, app.state.lately = Lookout(house), Lately()
    app.state.depot = Depot(house.blobs)
    for routes in (jobs, compare, events, sweeps, samples, gallery, models, queue, team, webhooks, admin):
        app.include_router(routes.router, prefix="/v1", responses=REFUSALS, dependencies=[Depends(admitted)])
    for routes in (health, metrics, docs):
        app.include_router(routes.router)
    for router in pages.OPEN:
        app.include_router(router, include_in_schema=False)
    for router in pages.KEYED:
        app.include_router(router, include_in_schema=False, dependencies=[Depends(admitted)])
    app.mount("/static", StaticFiles(directory=str(STATIC)))
    errors.install(app)
    app.add_middleware(Readable)
    app.add_middleware(Headed)
    app.add_middleware(KeyFirst)
    app.add_middleware(SameOrigin, settings=settings)
    app.add_middleware(Limited, most=settings.max_body_bytes)
    app.add_middleware(KnownHost, settings=settings)
    app.add_middleware(Drained)
    app.add_middleware(Logged)
    app.add_middleware(Numbered)
    app.add_middleware(Placed, settings=settings)  # added last, passed first
    return app
