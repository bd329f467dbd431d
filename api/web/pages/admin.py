"""Users, their keys, and the switches: forms over the functions of ``/v1``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.orm import Session

from inverset.api import views
from inverset.api.auth import AsAdmin
from inverset.api.deps import InServices, Services
from inverset.api.routes import admin, team
from inverset.api.team import KeyId, Name, NewKeySettings, NewUser, UserChange
from inverset.api.web.rendering import Notice, page
from inverset.contract import plain_words
from inverset.contract.errors import Complaint, Conflict
from inverset.jobs import accounts, clock, fairshare, switches
from inverset.jobs.tables import Key

router = APIRouter(prefix="/admin")
Turn = Literal["pause", "resume", "drain", "undrain"]
TURNS: Mapping[Turn, Callable[..., object]] = {
    "pause": admin.pause,
    "resume": admin.resume,
    "drain": admin.drain,
    "undrain": admin.undrain,
}
Text = Annotated[str, Form(max_length=200)]
RequestBody = TypeVar("RequestBody", bound=BaseModel)


class ChangeForm(BaseModel):
    """The form that changes a user, as typed; ``confirmed``: a change of role was confirmed."""

    weight: str = Field("", max_length=200)
    role: str = Field("", max_length=200)
    confirmed: str = Field("", max_length=200)


@router.get("")
def get_admin(request: Request, services: InServices, _: AsAdmin) -> Response:
    """The page with users, keys and switches. For admins."""
    return _shown(request, services)


@router.post("/switches/{turn}")
def turn_switch(turn: Turn, services: InServices, caller: AsAdmin) -> Response:
    """Pause, resume, drain or undrain the service. For admins."""
    TURNS[turn](services, caller)
    return _back()


@router.post("/users")
def add_user(
    request: Request,
    services: InServices,
    caller: AsAdmin,
    name: Text = "",
    weight: Text = "",
    role: Text = "",
) -> Response:
    """Add a user. For admins."""
    typed = {"name": name.strip(), "weight": weight, "role": role}
    try:
        team.post_user(NewUser.model_validate(typed), services, caller)
    except (ValidationError, Conflict) as error:
        return _shown(request, services, 422, complaints=_complaints(error), typed=typed)
    return _back()


@router.post("/users/{name}")
def change_user(
    request: Request, name: Name, services: InServices, caller: AsAdmin, form: Annotated[ChangeForm, Form()]
) -> Response:
    """Change a user's weight or role; a change of role asks for confirmation first. For admins."""
    try:
        change = UserChange.model_validate({"weight": form.weight, "role": form.role})
        if not form.confirmed and change.role != _role(services, name):
            return _shown(request, services, sure={"name": name, "weight": form.weight, "role": change.role})
        team.change_user(name, change, services, caller)
    except (ValidationError, Conflict) as error:
        return _shown(request, services, _status(error), complaints=_complaints(error))
    return _back()


@router.post("/users/{name}/keys")
def make_key(
    request: Request, name: Name, services: InServices, caller: AsAdmin, days: Text = ""
) -> Response:
    """Make a key; this answer is the only one that shows it. For admins."""
    try:
        new_key = NewKeySettings.model_validate({"days": days or None})
    except ValidationError as error:
        return _shown(request, services, 422, complaints=_complaints(error))
    made = team.post_key(name, new_key, services, caller, Response())
    answer = _shown(request, services, made={"user": name, "key": made.key})
    answer.headers.update(team.NEVER_KEPT)
    return answer


@router.post("/keys/{key_id}/revoke")
def revoke_key(request: Request, key_id: KeyId, services: InServices, caller: AsAdmin) -> Response:
    """Revoke a key; the page has asked for confirmation. For admins."""
    try:
        team.delete_key(key_id, services, caller)
    except Conflict as error:
        return _shown(request, services, _status(error), complaints=_complaints(error))
    return _back()


def _role(services: Services, name: str) -> str:
    with services.reading() as session:
        return accounts.user(session, name).role


def _status(error: ValidationError | Conflict) -> int:
    return 409 if isinstance(error, Conflict) else 422


def _back() -> Response:
    return RedirectResponse("/admin", 303)


def _shown(request: Request, services: Services, status: int = 200, **more: Any) -> Response:
    """The page; ``more``: complaints, the texts typed, a key just made."""
    context = {
        "complaints": [],
        "typed": {"name": "", "weight": "1", "role": "member"},
        "made": None,
        "sure": None,
        **more,
    }
    accounted = services.settings.auth != "off"
    with services.reading() as session:
        on = {
            each.name: Notice(each.name, each.by, views.moment(each.since))
            for each in switches.turned_on(session)
        }
        users = _users(session, services) if accounted else []
    return page(request, "admin", status, accounts=accounted, on=on, users=users, **context)


@dataclass(frozen=True)
class KeyRow:
    """A key of a user; its times as the API has them."""

    id: str
    ended: str | None  # why it is no longer valid
    created: str
    expires: str | None
    last_used: str | None

    @classmethod
    def of(cls, key: Key, ended: str | None) -> Self:
        """The row of a key."""
        expires, last_used = views.text(key.expires_at), views.text(key.last_used_at)
        return cls(key.id, ended, views.moment(key.created_at), expires, last_used)


@dataclass(frozen=True)
class UserRow:
    """A user with their keys."""

    name: str
    role: str
    weight: float
    gpu_seconds: float
    usage: float  # of it, what counts now
    keys: Sequence[KeyRow]

    @property
    def good(self) -> int:
        """The number of valid keys."""
        return sum(key.ended is None for key in self.keys)


def _users(session: Session, services: Services) -> list[UserRow]:
    now = clock.now(session)
    keys: dict[str, list[KeyRow]] = {}
    for key in accounts.keys(session):
        state = (
            "revoked" if key.revoked_at else "expired" if key.expires_at and key.expires_at <= now else None
        )
        keys.setdefault(key.user, []).append(KeyRow.of(key, state))
    half_life = services.settings.half_life
    return [
        UserRow(
            user.name,
            user.role,
            user.weight,
            user.gpu_seconds,
            fairshare.usage(user, half_life, now),
            keys.get(user.name, []),
        )
        for user in accounts.users(session)
    ]


def _complaints(error: ValidationError | Conflict) -> list[Complaint]:
    if isinstance(error, Conflict):
        return [Complaint(loc=[], msg=str(error))]
    return list(map(plain_words.complaint, error.errors()))
