"""Who is let in, and to what: every route under /v1 passes here, so that none can forget it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
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
_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key: `inv_..._...`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def admitted(request: Request, house: InHouse, bearer: Bearer) -> Caller:
    """Whose request it is, once it is known that they may.

    Raises:
        NoKey: there is no key, or no good one.
        NotFound: what the path names is not there, or not for them.
        Forbidden: they may look at it, and want to change it.
    """
    if house.settings.auth == "off":
        return LOCAL
    known = _known(request, house, bearer.credentials if bearer else None)
    request.state.user = known.caller.name  # for the log
    if known.stale:
        with house.writing() as session:
            accounts.note_use(session, known.key_id)
    return known.caller


def _known(request: Request, house: House, key: str | None) -> Known:
    if key is None:
        raise NoKey(
            "this server wants an API key: as Authorization: Bearer inv_..., or for the command line as INVERSET_KEY"
        )
    with house.reading() as session:
        known = accounts.authenticate(session, key)
        for name, table in OWNED.items():
            if name in request.path_params:
                changes = request.method not in LOOKING
                access.check(session, known.caller, table, request.path_params[name], changes=changes)
    return known


AsCaller = Annotated[Caller, Depends(admitted)]


def _admin(caller: AsCaller) -> Caller:
    if not caller.admin:
        raise Forbidden("only an admin may do that")
    return caller


AsAdmin = Annotated[Caller, Depends(_admin)]
