"""The OpenAPI document: every route lists its possible errors, all of them as problem details."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from inverset.api.auth import LOOKING, OWNED
from inverset.api.schemas import PROBLEM, ProblemAnswer

Operation = dict[str, Any]
ADMINS = ("/v1/users", "/v1/admin")
ASKING = (  # where something is queued
    "/v1/jobs",
    "/v1/sweeps",
    "/v1/jobs/{job_id}/retry",
    "/v1/sweeps/{sweep_id}/retry",
    "/v1/models/{name}/neurons/{neuron}/images",
)


class Documented(FastAPI):
    """An application whose OpenAPI document lists all errors."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, built once."""
        if self.openapi_schema is None:
            _tell_refusals(super().openapi())
        return super().openapi()


def _tell_refusals(document: dict[str, Any]) -> None:
    schema = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= {**schema.pop("$defs", {}), "ProblemAnswer": schema}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status in _refusals(path, method.upper(), operation):
                answer = {"description": HTTPStatus(status).phrase, "content": PROBLEM}
                operation["responses"].setdefault(str(status), answer)


def _refusals(path: str, method: str, operation: Operation) -> Iterator[int]:
    """The statuses of the errors that a route may answer with."""
    if "security" in operation:
        yield 401
    owned, changes = any(f"{{{name}}}" in path for name in OWNED), method not in LOOKING
    if path.startswith(ADMINS) or owned:
        yield 403
    if "{" in path:
        yield 404
    if changes and (owned or path.startswith("/v1/users")):
        yield 409
    if "requestBody" in operation:
        yield from (400, 413, 415)
    if "requestBody" in operation or "parameters" in operation:
        yield 422
    if method == "POST" and path in ASKING:
        yield 429
    if "default" in operation["responses"]:
        yield 503
