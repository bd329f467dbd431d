"""``/metrics``: for Prometheus, by a key of its own."""

import hmac

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST

from inverset.api.auth import Bearer, admitted
from inverset.api.deps import InServices
from inverset.api.metrics import Metrics
from inverset.contract.errors import Forbidden

router = APIRouter(include_in_schema=False)  # no answer of the API: text, for one reader


@router.get("/metrics")
async def get_metrics(request: Request, services: InServices, bearer: Bearer) -> Response:
    """Get the metrics of the service. They include user names, so you need an admin's key or INVERSET_METRICS_KEY."""
    asked, scrape = bearer.credentials if bearer else "", services.settings.metrics_key or ""
    known = scrape and hmac.compare_digest(asked.encode(), scrape.encode())
    if not known and not (await admitted(request, services, bearer)).admin:
        raise Forbidden("metrics need an admin's key or INVERSET_METRICS_KEY")
    metrics: Metrics = request.app.state.metrics
    return Response(await run_in_threadpool(metrics.text), media_type=CONTENT_TYPE_LATEST)
