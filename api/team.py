"""The shapes of answers on users, their keys and the switches."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from inverset.api import views
from inverset.contract.spec import Strict
from inverset.jobs.accounts import HEAVIEST, LIGHTEST, LONGEST_DAYS, NAME

Moment = Annotated[datetime, PlainSerializer(views.text, return_type=str)]
Name = Annotated[str, Path(pattern=NAME, description="The name of a user.", examples=["ann"])]
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{8}$", description="The part of a key after `inv_`.")]
Role = Literal["member", "admin"]
Weight = Annotated[
    float, Field(ge=LIGHTEST, le=HEAVIEST, description="The weight of their fair share of the devices.")
]
Days = Annotated[
    float, Field(gt=0, le=LONGEST_DAYS, description="How long it is valid; null: until revoked.")
]


class NewUser(Strict):
    """A user to add."""

    name: str = Field(pattern=NAME, examples=["ann"])
    weight: Weight = 1.0
    role: Role = "member"


class UserChange(Strict):
    """A change to a user; fields that you leave out stay."""

    weight: Weight | None = None
    role: Role | None = None


class NewKeySettings(Strict):
    """A request for a key."""

    days: Days | None = None


class FromRow(BaseModel):
    """A model filled from a database row."""

    model_config = ConfigDict(from_attributes=True)


class UserAnswer(FromRow):
    """A user."""

    name: str
    role: Role
    weight: float
    gpu_seconds: float = Field(description="Device time in total.")
    created: Moment = Field(validation_alias="created_at")


class Users(BaseModel):
    """All users."""

    items: list[UserAnswer]


class KeyAnswer(FromRow):
    """A key without its secret."""

    id: str
    user: str
    created: Moment = Field(validation_alias="created_at")
    expires: Moment | None = Field(validation_alias="expires_at")
    last_used: Moment | None = Field(validation_alias="last_used_at", description="To the minute.")
    revoked: Moment | None = Field(validation_alias="revoked_at")


class NewKeyAnswer(KeyAnswer):
    """A new key with its secret, which is shown once."""

    key: str = Field(examples=["inv_0123abcd_..."], description="Keep it: it is not shown again.")


class Keys(BaseModel):
    """A user's keys."""

    items: list[KeyAnswer]


class Share(BaseModel):
    """A limit, and how much of it is used."""

    used: int
    most: int | None = Field(description="null: there is no limit.")


class Limits(BaseModel):
    """The caller's limits, and how much of them is used."""

    queued: Share = Field(description="Jobs that have not ended.")
    running: Share = Field(description="Parts of jobs that workers hold; those beyond the limit wait.")
    stored_bytes: Share = Field(description="Of images and codes.")


class MeAnswer(UserAnswer):
    """The caller."""

    usage: float = Field(description="GPU-seconds counted for the fair share; older ones count less.")
    limits: Limits


class SwitchAnswer(FromRow):
    """A switch that is on."""

    name: Literal["paused", "draining"]
    by: str
    since: Moment


class Switches(BaseModel):
    """The switches that an admin turned on; empty: the service works as usual."""

    on: list[SwitchAnswer]
