"""The tables: users, keys, models, jobs, parts, samples, sweeps, workers, webhook messages, images on trial."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from inverset.contract import paths, question
from inverset.contract.decoding import decode
from inverset.contract.image_tries import TriedImage
from inverset.contract.manifest import SampleRecord, StartRecord
from inverset.contract.outcome import Outcome
from inverset.contract.question import Question, Target
from inverset.jobs.asked import JobAsked, SweepAsked
from inverset.jobs.column_types import JsonObject, Moment, SavedStart, Start, start_image
from inverset.jobs.lifecycle import ACTIVE, Status
from inverset.jobs.stored_images import Packed, StoredImage, packed, stored_image
from inverset.jobs.tally import Tally

StatusName = Enum(
    Status,
    native_enum=False,
    length=16,
    create_constraint=False,
    values_callable=lambda statuses: [status.value for status in statuses],
)


class Table(DeclarativeBase):
    """Base of all tables; constraints have names, so that migrations can refer to them."""

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
        SavedStart: Start(),
        Status: StatusName,
        int: BigInteger(),
        JsonObject: JSON(none_as_null=True),
        dict[str, float]: JSON(none_as_null=True),
        dict[str, float | None]: JSON(none_as_null=True),
        dict[str, str]: JSON(none_as_null=True),
        list[JsonObject]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class User(Table):
    """A user, and their GPU usage."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), default="member")  # or "admin"
    weight: Mapped[float] = mapped_column(default=1.0)  # of their share
    usage: Mapped[float] = mapped_column(default=0.0)  # GPU-seconds, decayed to `usage_at`
    usage_at: Mapped[datetime]
    gpu_seconds: Mapped[float] = mapped_column(default=0.0)  # all there ever were
    served_at: Mapped[datetime | None]  # when a part of theirs was last claimed
    webhook_secret: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime]


class Key(Table):
    """The right to act as a user; only a digest of the secret is stored."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class BrowserSession(Table):
    """The right of a browser to act by a key; only a digest of its id is stored."""

    __tablename__ = "browser_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("keys.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Model(Table):
    """The catalogue of a model, as published by a worker."""

    __tablename__ = "models"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    catalogue: Mapped[JsonObject]  # without what was measured of each neuron, which is long
    published_at: Mapped[datetime]


class Neuron(Table):
    """The statistics of a model's neuron on natural images; unmeasured neurons have no row."""

    __tablename__ = "neurons"

    model: Mapped[str] = mapped_column(ForeignKey("models.name", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(500), primary_key=True)  # canonical
    measured: Mapped[JsonObject]  # "mean", "sd", "quantiles"


class Job(Table):
    """A job: its spec and its progress."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        Index(None, "owner", "id"),
        Index(None, "model", "id"),
        Index(None, "trust", "id"),
        Index(None, "starred", "id"),
        Index(None, "sweep", "sweep_index"),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # sorts by the time it was made
    kind: Mapped[str] = mapped_column(String(20))
    spec: Mapped[JsonObject]
    ranges: Mapped[list[JsonObject]]  # [{"neuron": canonical name, "range": [low, high] or None}]
    model: Mapped[str] = mapped_column(String(200))
    model_sha256: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(200))
    n: Mapped[int]
    k: Mapped[int]
    priority: Mapped[int]
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"), default="local")
    visibility: Mapped[str] = mapped_column(String(16), default="private")  # or "team"
    preview: Mapped[bool] = mapped_column(default=False, server_default=false())  # not listed as a gallery
    name: Mapped[str] = mapped_column(
        String(200), default="", server_default=""
    )  # like the three below, its owner's
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    starred: Mapped[bool] = mapped_column(default=False, server_default=false())
    sweep: Mapped[str | None] = mapped_column(ForeignKey("sweeps.id", ondelete="SET NULL"))
    sweep_index: Mapped[int | None]
    request_id: Mapped[str | None] = mapped_column(String(128))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[str | None] = mapped_column(String(64))

    state: Mapped[Status]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)  # grows with every change
    waiting_since: Mapped[datetime]  # when it was asked, or last served
    accepted: Mapped[int] = mapped_column(default=0)
    stored_bytes: Mapped[int] = mapped_column(default=0)  # of images, thumbnails and chunks
    tally: Mapped[dict[str, float]]
    closest: Mapped[dict[str, float | None] | None]  # neuron -> the activation nearest to its band so far
    outcome: Mapped[JsonObject | None]
    evidence: Mapped[JsonObject | None] = mapped_column(deferred=True)
    confounds: Mapped[list[JsonObject] | None]  # of the evidence, which is long; None: not measured
    trust: Mapped[str | None] = mapped_column(
        String(16)
    )  # word of the verdict on the evidence; None: not measured
    trust_rules: Mapped[str | None] = mapped_column(String(12))  # digest of the rules that gave the word
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # when all of it is removed; None: never

    @property
    def targets(self) -> tuple[Target, ...]:
        """The job's neurons and their bands."""
        return question.targets(self.ranges)

    @property
    def asked(self) -> JobAsked:
        """The settings in ``spec`` that no other column has."""
        return decode(JobAsked, self.spec)

    @property
    def counted(self) -> Tally:
        """The counts of its sampling."""
        return decode(Tally, self.tally)

    @property
    def ended(self) -> Outcome | None:
        """Why sampling ended; None: it has not."""
        return None if self.outcome is None else Outcome.of(self.outcome)

    @property
    def question(self) -> Question:
        """The question of the job; ``spec`` is what the client sent, where k may be a word."""
        asked = self.asked
        return Question(
            model=self.model,
            sha256=self.model_sha256,
            targets=self.targets,
            method=self.method,
            n=self.n,
            k=self.k,
            seed=asked.seed,
            options=asked.options,
            budget=asked.budget,
        )


# Written out, not bound: a database uses the index below only where it sees that the two conditions are the same.
UNENDED = Job.state.in_([literal_column(f"'{status.value}'") for status in ACTIVE])
# The order in which a user's jobs are served.
LINE_ORDER = (Job.__table__.c.priority.desc(), Job.__table__.c.waiting_since, Job.__table__.c.id)
# The line in which a user's jobs wait. It holds only those that have not ended, so that history costs a claim nothing.
Index(
    "ix_jobs_line",
    Job.owner,
    *LINE_ORDER,
    postgresql_where=UNENDED,
    sqlite_where=UNENDED,
)


class ShareLink(Table):
    """The right of anybody who has a link to read a job's gallery; only a digest of the link's token is stored."""

    __tablename__ = "share_links"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # public
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class SearchText(Table):
    """The text of a job that searches look through: a narrow row, since rows of jobs are long."""

    __tablename__ = "search_texts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)  # lines as `labels.search_text` writes them


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
    lease_token: Mapped[str | None] = mapped_column(String(32))  # the right to write; None: no worker has it
    lease_until: Mapped[datetime | None]
    charged_at: Mapped[datetime | None]  # until when its time is in its owner's usage
    not_before: Mapped[datetime | None]  # rest after a failure
    failures: Mapped[int] = mapped_column(default=0)  # errors in a row without progress
    losses: Mapped[int] = mapped_column(default=0)  # workers in a row that died on it without progress

    checkpoint: Mapped[str | None] = mapped_column(String(300))  # blob that goes on exactly after `accepted`
    accepted: Mapped[int] = mapped_column(default=0)
    tally: Mapped[dict[str, float]]
    outcome: Mapped[JsonObject | None]  # set: only the evidence may be missing


# Written out too: a statement that is planned once for any state would read all jobs, rather than look up the few.
RUNNING = Part.state == literal_column(f"'{Status.RUNNING.value}'")


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
    blob: Mapped[str] = mapped_column(String(300))  # the pack of its save, or a PNG of its own
    # Where in the pack; all three are null for a PNG of its own.
    offset: Mapped[int | None]
    thumbnail_offset: Mapped[int | None]
    thumbnail_size: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]  # bytes of the PNG
    activations: Mapped[dict[str, float]]  # canonical neuron -> value
    activation: Mapped[float]  # the first neuron's, for filter and order
    step: Mapped[int]
    parent: Mapped[int | None]  # the sample that it walked on from, where its method walks
    # The image that a counterfactual changed; it lies in the same pack, or where `paths.start` says.
    start: Mapped[SavedStart | None]
    chunk: Mapped[str] = mapped_column(String(300))  # blob of codes, features and activations
    row: Mapped[int]  # in the chunk

    @property
    def start_activations(self) -> dict[str, float] | None:
        """Activations of the image that a counterfactual started from; None: it is not a counterfactual."""
        return None if self.start is None else self.start.activations

    @property
    def image(self) -> StoredImage:
        """Where its image lies."""
        return stored_image(self.blob, self.sha256, self.size, self._packed)

    @property
    def start_image(self) -> StoredImage | None:
        """Where the image lies that a counterfactual started from; None: it is not a counterfactual."""
        return None if self.start is None else start_image(self.blob, self.start)

    @property
    def _packed(self) -> Packed | None:
        return packed(self.offset, self.thumbnail_offset, self.thumbnail_size)

    @property
    def record(self) -> SampleRecord:
        """The sample's record in a manifest, without its nearest reference image."""
        start = None
        if self.start is not None:
            place = paths.start_in_gallery(self.index)
            start = StartRecord(place, self.start.sha256, self.start.activations)
        return SampleRecord(
            paths.image_in_gallery(self.index),
            self.sha256,
            self.activations,
            self.index,
            self.step,
            self.parent,
            start,
        )


class Worker(Table):
    """A worker, and its last heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    device: Mapped[str] = mapped_column(String(200))
    speeds: Mapped[dict[str, float]] = mapped_column(
        default=dict
    )  # model -> samples a second; 0: not measured yet
    broken: Mapped[dict[str, str]] = mapped_column(
        default=dict, server_default="{}"
    )  # model that it cannot offer -> why
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Sweep(Table):
    """A group of jobs that were posted together."""

    __tablename__ = "sweeps"
    __table_args__ = (UniqueConstraint("owner", "idempotency_key"), Index(None, "owner", "id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"))
    visibility: Mapped[str] = mapped_column(String(16), default="private")
    spec: Mapped[JsonObject]
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    @property
    def asked(self) -> SweepAsked:
        """The question in ``spec``."""
        return decode(SweepAsked, self.spec)


class Webhook(Table):
    """A webhook message and its delivery: the outbox and its log."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "due_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(String(40))
    payload: Mapped[JsonObject]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # when to try (again); None: delivered or given up
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[list[JsonObject]]  # [{"at", "status", "error", "seconds"}]


class ImageTry(Table):
    """Images that a user tries on a neuron, and what came out; the row is removed minutes later."""

    __tablename__ = "image_tries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # sorts by the time it was made
    owner: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(200))
    neuron: Mapped[str] = mapped_column(String(500))  # canonical
    state: Mapped[Status]
    files: Mapped[list[JsonObject]]  # [{"name", "size", "reference"}], in the order of the request
    content: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True
    )  # of the files, one after another; None: a worker has taken it
    images: Mapped[list[JsonObject] | None]  # ``TriedImage``s; None: not answered (yet)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def results(self) -> list[TriedImage] | None:
        """What came out for each image; None: it was not answered (yet)."""
        return None if self.images is None else [decode(TriedImage, each) for each in self.images]


class Switch(Table):
    """A switch of the whole service: "paused", "draining"."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    by: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
