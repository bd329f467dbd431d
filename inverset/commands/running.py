"""The service's processes one by one, as containers run them: ``inverset api``, ``worker`` and ``beat``."""

from typing import Annotated

import typer

from inverset.commands.options import Device
from inverset.commands.serving import HOST, Host, Port
from inverset.errors import UserError, sampler_needed

Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Only check whether the running process is healthy, and report it by the exit code."
    ),
]


def api(host: Host = HOST, port: Port = 8000, check: Check = False) -> None:
    """Run only the HTTP server, on the database that INVERSET_DATABASE_URL names."""
    from inverset.api import server
    from inverset.settings import from_environment

    if check:
        _answer(_ready(f"http://127.0.0.1:{port}"))
    try:
        server.serve(from_environment(), host, port)
    except server.CannotServe as error:
        raise UserError(str(error)) from None


def worker(
    device: Device = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="N", help="A name that only one worker uses at a time; by default, a new one."
        ),
    ] = None,
    check: Check = False,
) -> None:
    """Run one worker on one device; start one for each GPU. With INVERSET_REDIS_URL, Redis wakes it when there is work."""
    from inverset.settings import from_environment

    given = {"device": device, "worker": name}
    settings = from_environment().model_copy(update={key: value for key, value in given.items() if value})
    if check:
        from inverset.health import worker_is_well

        _answer(worker_is_well(settings))
    with sampler_needed():
        from inverset.worker.process import run
    run(settings)


def beat(check: Check = False) -> None:
    """Run the scheduler of maintenance (lost work, old jobs). Start one for each service that uses INVERSET_REDIS_URL."""
    from inverset.settings import from_environment
    from inverset.worker import beat as clock

    settings = from_environment()
    if settings.redis_url is None:
        raise UserError(
            "INVERSET_REDIS_URL is not set: beat needs Redis; without it each worker does this maintenance itself"
        )
    if check:
        _answer(clock.is_well())
    clock.run(settings)


def _answer(why_not: str | None) -> None:
    if why_not:
        raise UserError(why_not)
    raise typer.Exit


def _ready(url: str) -> str | None:
    from inverset.client import Client
    from inverset.errors import ProblemResponse, ServerUnreachable

    try:
        with Client(url) as client:
            return None if client.ready() else f"{url} is not ready"
    except (ServerUnreachable, ProblemResponse) as error:
        return str(error)
