"""Images are tried on neurons."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "9c2d7e40b815"
down_revision: str | None = "c2f7a91d5e38"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "image_tries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("neuron", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("images", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["users.name"], name=op.f("fk_image_tries_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_tries")),
    )
    op.create_index(op.f("ix_image_tries_owner"), "image_tries", ["owner"])
    op.create_index(op.f("ix_image_tries_expires_at"), "image_tries", ["expires_at"])
    if op.get_bind().dialect.name == "postgresql":
        # Strangers' images are to stay in no log, replica or base backup; after a crash the table is empty.
        op.execute("ALTER TABLE image_tries SET UNLOGGED")


def downgrade() -> None:
    op.drop_table("image_tries")
