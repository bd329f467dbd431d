"""The tables: models, jobs, their parts, their samples, and the workers."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from jobs.lifecycle import Status


class Moment(TypeDecorator[datetime]):
    """A point in time, with its zone in Python and as UTC in the database; SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


StatusName = Enum(
    Status,
    native_enum=False,
    length=16,
    create_constraint=False,
    values_callable=lambda statuses: [status.value for status in statuses],
)


class Table(DeclarativeBase):
    """All tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        datetime: Moment(),
        Status: StatusName,
        int: BigInteger(),
        dict[str, Any]: JSON(none_as_null=True),
        dict[str, float]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
    }


class Model(Table):
    """What a worker said it offers."""

    __tablename__ = "models"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    catalogue: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class Job(Table):
    """What was asked, and how far it is."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        Index(None, "state", "priority", "waiting_since"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # sorts by the time it was made
    kind: Mapped[str] = mapped_column(String(20))
    spec: Mapped[dict[str, Any]]
    ranges: Mapped[list[dict[str, Any]]]  # [{"neuron": canonical name, "range": [low, high]}]
    model: Mapped[str] = mapped_column(String(200))
    model_sha256: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(200))
    n: Mapped[int]
    k: Mapped[int]
    priority: Mapped[int]
    owner: Mapped[str] = mapped_column(String(200), default="local")
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[str | None] = mapped_column(String(64))

    state: Mapped[Status]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)  # grows with every change
    waiting_since: Mapped[datetime]  # when it was asked, or last served
    accepted: Mapped[int] = mapped_column(default=0)
    tally: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any] | None]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Part(Table):
    """Up to part_size samples of a job: what a worker holds at a time."""

    __tablename__ = "parts"
    __table_args__ = (Index(None, "state", "lease_until"),)

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_index: Mapped[int]
    n: Mapped[int]
    seed: Mapped[int]
    state: Mapped[Status]

    worker: Mapped[str | None] = mapped_column(String(200))
    attempt: Mapped[int] = mapped_column(default=0)  # how often it was claimed
    lease_token: Mapped[str | None] = mapped_column(String(32))  # the right to write; None: nobody's
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # rest after a failure
    failures: Mapped[int] = mapped_column(default=0)  # errors in a row without progress
    losses: Mapped[int] = mapped_column(default=0)  # workers in a row that died on it without progress

    checkpoint: Mapped[str | None] = mapped_column(String(300))  # blob that goes on exactly after `accepted`
    accepted: Mapped[int] = mapped_column(default=0)
    tally: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any] | None]  # set: only the evidence may be missing


class Sample(Table):
    """One delivered image; its code and features lie in a chunk with its neighbours'."""

    __tablename__ = "samples"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "part"], ["parts.job_id", "parts.number"], ondelete="CASCADE"),
        Index(None, "job_id", "activation", "index"),
    )

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int]
    blob: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]  # bytes of the PNG
    activations: Mapped[dict[str, float]]  # canonical neuron -> value
    activation: Mapped[float]  # the first neuron's, for filter and order
    step: Mapped[int]
    chunk: Mapped[str] = mapped_column(String(300))  # blob of codes, features and activations
    row: Mapped[int]  # in the chunk


class Worker(Table):
    """Who computes."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    device: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
