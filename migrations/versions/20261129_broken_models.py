"""Workers tell which models they cannot offer, and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7d1c94e6ab52"
down_revision: str | None = "3d9a61c04b7e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("broken", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("workers") as workers:
        workers.drop_column("broken")
