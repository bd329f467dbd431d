"""Who is let in, and to what: every route under /v1 passes here, so that none can forget it."""

import hashlib
import time
from collections.abc import Hashable, Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.deps import House, InHouse
from jobs import access, accounts
from jobs.access import LOCAL, Caller, Owned
from jobs.accounts import Known
from jobs.lifecycle import Forbidden, NoKey
from jobs.tables import Job, Sweep

# A path's parameter that names something with an owner.
OWNED: Mapping[str, Owned] = {"job_id": Job, "sweep_id": Sweep}
LOOKING = ("GET", "HEAD")
COOKIE = "inverset_key"  # what a browser brings in place of the header; ``api.web.sessions`` sets it
LATELY_SECONDS = 1.0
MOST = 10_000  # that are remembered
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key: `inv_..._...`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class Lately:
    """Who was let in to look in the last second: whoever asks again and again is not looked up each time.

    So a key that was revoked, or a job that was hidden, may be had for a second more. A change that passes through this
    process makes it forget at once.
    """

    def __init__(self) -> None:
        self._admitted: dict[Hashable, tuple[Caller, float]] = {}

    def find(self, ask: Hashable) -> Caller | None:
        """Who asked the same, and may."""
        caller, until = self._admitted.get(ask, (None, 0.0))
        return caller if time.monotonic() < until else None

    def note(self, ask: Hashable, caller: Caller) -> None:
        """Somebody may."""
        if len(self._admitted) >= MOST:
            self.forget()
        self._admitted[ask] = caller, time.monotonic() + LATELY_SECONDS

    def forget(self) -> None:
        """Look everybody up again."""
        self._admitted.clear()


async def admitted(request: Request, house: InHouse, bearer: Bearer) -> Caller:
    """Whose request it is, once it is known that they may.

    Raises:
        NoKey: there is no key, or no good one.
        NotFound: what the path names is not there, or not for them.
        Forbidden: they may look at it, and want to change it.
    """
    caller = await _caller(request, house, bearer)
    request.state.caller = caller  # for pages
    return caller


async def look_ahead(request: Request) -> None:
    """Find out whose request it is, before anything of it is read but its head. Raises NoKey as ``admitted`` does."""
    house: House = request.app.state.house
    if house.settings.auth != "off":
        key = _key(request, await _bearer(request))
        request.state.known = await run_in_threadpool(_authenticated, house, key)


async def _caller(request: Request, house: House, bearer: HTTPAuthorizationCredentials | None) -> Caller:
    if house.settings.auth == "off":
        return LOCAL
    caller = await _known(request, house, _key(request, bearer))
    request.state.user = caller.name  # for the log
    return caller


def _key(request: Request, bearer: HTTPAuthorizationCredentials | None) -> str:
    key = request.cookies.get(COOKIE) if bearer is None else bearer.credentials
    if key is None:
        raise NoKey(
            "this server wants an API key: as Authorization: Bearer inv_..., or for the command line as INVERSET_KEY"
        )
    return key


async def _known(request: Request, house: House, key: str) -> Caller:
    lately: Lately = request.app.state.lately
    looking = request.method in LOOKING
    # Not the key itself: it is a secret.
    ask = hashlib.sha256(key.encode()).digest(), *map(request.path_params.get, OWNED)
    if not looking:
        lately.forget()
    elif caller := lately.find(ask):
        return caller
    before: Known | None = getattr(request.state, "known", None)
    caller = await run_in_threadpool(_look_up, house, key, before, request.path_params, changes=not looking)
    if looking:
        lately.note(ask, caller)
    return caller


def _look_up(
    house: House, key: str, before: Known | None, path: Mapping[str, str], *, changes: bool
) -> Caller:
    with house.asking() as connection:
        known = before or accounts.authenticate(connection, key)
        for name, table in OWNED.items():
            if name in path:
                access.check(connection, known.caller, table, path[name], changes=changes)
    if before is None:
        _note_use(house, known)
    return known.caller


def _authenticated(house: House, key: str) -> Known:
    with house.asking() as connection:
        known = accounts.authenticate(connection, key)
    _note_use(house, known)
    return known


def _note_use(house: House, known: Known) -> None:
    if known.stale:
        with house.writing() as session:
            accounts.note_use(session, known.key_id)


AsCaller = Annotated[Caller, Depends(admitted)]


def _admin(caller: AsCaller) -> Caller:
    if not caller.admin:
        raise Forbidden("only an admin may do that")
    return caller


AsAdmin = Annotated[Caller, Depends(_admin)]
