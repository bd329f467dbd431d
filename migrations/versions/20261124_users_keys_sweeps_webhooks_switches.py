"""A team's tables: users, keys, sweeps, webhooks, switches; jobs belong to users."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "a41c7d20e5b8"
down_revision: str | None = "6159083fd7cd"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
UNENDED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    _create_tables()
    _make_users()
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("visibility", sa.String(16), nullable=False, server_default="private"))
        jobs.add_column(sa.Column("sweep", sa.String(40), nullable=True))
        jobs.add_column(sa.Column("sweep_index", sa.BigInteger(), nullable=True))
        jobs.add_column(sa.Column("request_id", sa.String(128), nullable=True))
        jobs.add_column(sa.Column("stored_bytes", sa.BigInteger(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("expires_at", MOMENT, nullable=True))
        jobs.drop_index(op.f("ix_jobs_state_priority_waiting_since"))
        jobs.create_foreign_key(op.f("fk_jobs_sweeps"), "sweeps", ["sweep"], ["id"], ondelete="SET NULL")
        jobs.create_foreign_key(op.f("fk_jobs_users"), "users", ["owner"], ["name"])
    op.create_index(op.f("ix_jobs_expires_at"), "jobs", ["expires_at"])
    op.create_index(op.f("ix_jobs_owner_id"), "jobs", ["owner", "id"])
    op.create_index(op.f("ix_jobs_sweep_sweep_index"), "jobs", ["sweep", "sweep_index"])
    line: list[Any] = ["owner", sa.literal_column("priority DESC"), "waiting_since", "id"]
    op.create_index("ix_jobs_line", "jobs", line, postgresql_where=UNENDED, sqlite_where=UNENDED)
    op.execute(
        "update jobs set stored_bytes ="
        " (select coalesce(sum(samples.size), 0) from samples where samples.job_id = jobs.id)"
    )
    with op.batch_alter_table("parts") as parts:
        parts.add_column(sa.Column("charged_at", MOMENT, nullable=True))
    with op.batch_alter_table("workers") as workers:
        workers.add_column(sa.Column("speeds", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("workers") as workers:
        workers.drop_column("speeds")
    with op.batch_alter_table("parts") as parts:
        parts.drop_column("charged_at")
    op.drop_index("ix_jobs_line", "jobs")
    for name in ("ix_jobs_sweep_sweep_index", "ix_jobs_owner_id", "ix_jobs_expires_at"):
        op.drop_index(op.f(name), "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint(op.f("fk_jobs_users"), type_="foreignkey")
        jobs.drop_constraint(op.f("fk_jobs_sweeps"), type_="foreignkey")
        for column in ("expires_at", "stored_bytes", "request_id", "sweep_index", "sweep", "visibility"):
            jobs.drop_column(column)
    op.create_index(
        op.f("ix_jobs_state_priority_waiting_since"), "jobs", ["state", "priority", "waiting_since"]
    )
    for table in ("webhooks", "sweeps", "keys", "users", "switches"):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "switches",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("usage", sa.Double(), nullable=False),
        sa.Column("usage_at", MOMENT, nullable=False),
        sa.Column("gpu_seconds", sa.Double(), nullable=False),
        sa.Column("served_at", MOMENT, nullable=True),
        sa.Column("webhook_secret", sa.String(100), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("user", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name=op.f("fk_keys_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_index(op.f("ix_keys_user"), "keys", ["user"])
    op.create_table(
        "sweeps",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=True),
        sa.Column("body_hash", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.name"], name=op.f("fk_sweeps_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
        sa.UniqueConstraint("owner", "idempotency_key", name=op.f("uq_sweeps_owner_idempotency_key")),
    )
    op.create_index(op.f("ix_sweeps_owner_id"), "sweeps", ["owner", "id"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_webhooks_jobs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_due_at"), "webhooks", ["due_at"])
    op.create_index(op.f("ix_webhooks_job_id"), "webhooks", ["job_id"])


def _make_users() -> None:
    """The one user of a server without accounts, and whoever owns a job already."""
    users = "insert into users (name, role, weight, usage, usage_at, gpu_seconds, created_at)"
    rest = "1.0, 0.0, current_timestamp, 0.0, current_timestamp"
    op.execute(f"{users} values ('local', 'admin', {rest})")
    owners = "distinct owner, 'member'"
    op.execute(f"{users} select {owners}, {rest} from jobs where owner <> 'local'")  # noqa: S608 - our own words
