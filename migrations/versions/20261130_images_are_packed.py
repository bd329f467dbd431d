"""Images of a save lie in one file, a pack; samples know where in it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d83b5f1e6a07"
down_revision: str | None = "9c2d7e40b815"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ("offset", "thumbnail_offset", "thumbnail_size")  # all null: an image in a file of its own


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("samples", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop the columns. Raises RuntimeError while samples need them: nothing else says where in a pack an image lies."""
    samples = sa.table("samples", sa.column("offset"))
    query = sa.select(sa.func.count()).select_from(samples).where(samples.c.offset.is_not(None))
    if packed := op.get_bind().scalar(query):
        raise RuntimeError(
            f"{packed} samples lie in packs, which the earlier version cannot read: delete their jobs, or restore a backup of before"
        )
    with op.batch_alter_table("samples") as table:
        for name in COLUMNS:
            table.drop_column(name)
