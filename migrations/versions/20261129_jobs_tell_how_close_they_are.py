"""Jobs tell how close to their bands they came so far."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b58e0a7f2c16"
down_revision: str | None = "7d1c94e6ab52"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("closest", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("closest")
