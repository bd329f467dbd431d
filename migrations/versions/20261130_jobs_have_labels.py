"""Jobs have a name, notes, tags, a star, the word of their verdict, and a text for searches; previews are marked."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "c2f7a91d5e38"
down_revision: str | None = "4e7b1f60d9a2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = ("model", "trust", "starred")  # each with the id
JOBS = sa.table("jobs", sa.column("id"), sa.column("model"), sa.column("owner"), sa.column("ranges", sa.JSON))
TEXTS = sa.table("search_texts", sa.column("job_id"), sa.column("text"))
AT_ONCE = 1000


def upgrade() -> None:
    for column in _columns():
        op.add_column("jobs", column)
    for name in INDEXES:
        op.create_index(op.f(f"ix_jobs_{name}_id"), "jobs", [name, "id"])
    op.create_table(
        "search_texts",
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_search_texts_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_search_texts")),
    )
    for rows in op.get_bind().execute(sa.select(JOBS)).partitions(AT_ONCE):
        texts = [{"job_id": row.id, "text": _text(row)} for row in rows]
        op.bulk_insert(TEXTS, texts)


def downgrade() -> None:
    op.drop_table("search_texts")
    for name in INDEXES:
        op.drop_index(op.f(f"ix_jobs_{name}_id"), "jobs")
    with op.batch_alter_table("jobs") as jobs:
        for column in _columns():
            jobs.drop_column(column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("preview", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("name", sa.String(200), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("starred", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("trust", sa.String(16), nullable=True),
        sa.Column("trust_rules", sa.String(12), nullable=True),
    ]


def _text(row: sa.Row[Any]) -> str:
    """The text as `inverset.jobs.labels.search_text` writes it for a job without labels."""
    lines = [*(each["neuron"] for each in row.ranges), " ", " ", f" {row.model}", f" {row.owner}"]
    return "".join(f"\n{line.casefold()}" for line in lines) + "\n"
