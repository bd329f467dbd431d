"""Counterfactual samples know the image that they began as, and jobs what was found to be confounded in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e50b8d3c17fa"
down_revision: str | None = "c7e2f09b41d3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("samples", sa.Column("start", sa.JSON(), nullable=True))
    op.add_column("jobs", sa.Column("confounds", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("confounds")
    with op.batch_alter_table("samples") as samples:
        samples.drop_column("start")
