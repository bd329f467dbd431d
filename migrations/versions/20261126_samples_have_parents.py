"""Samples of a walk know which sample they walked on from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c7e2f09b41d3"
down_revision: str | None = "a41c7d20e5b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("samples", sa.Column("parent", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("samples") as samples:
        samples.drop_column("parent")
