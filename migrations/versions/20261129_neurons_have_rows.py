"""What was measured of a model's neurons has a row for each, out of the one long document that every request read."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "3f9d1c6a8b24"
down_revision: str | None = "e50b8d3c17fa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MODELS = sa.table("models", sa.column("name", sa.String), sa.column("catalogue", sa.JSON))
NEURONS = sa.table(
    "neurons", sa.column("model", sa.String), sa.column("name", sa.String), sa.column("measured", sa.JSON)
)
COUNTED, STAMP = "measured_neurons", "neurons_sha256"


def upgrade() -> None:
    op.create_table(
        "neurons",
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model"], ["models.name"], name=op.f("fk_neurons_models"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model", "name", name=op.f("pk_neurons")),
    )
    for model, catalogue in _catalogues():
        neurons = catalogue.pop("neurons", {})
        rows = [{"model": model, "name": name, "measured": each} for name, each in neurons.items()]
        op.bulk_insert(NEURONS, rows)
        _keep(model, {**catalogue, COUNTED: len(neurons)})


def downgrade() -> None:
    for model, catalogue in _catalogues():
        found = sa.select(NEURONS.c.name, NEURONS.c.measured).where(NEURONS.c.model == model)
        neurons = dict(op.get_bind().execute(found).all())
        former = {key: value for key, value in catalogue.items() if key not in (COUNTED, STAMP)}
        _keep(model, {**former, "neurons": neurons})
    op.drop_table("neurons")


def _catalogues() -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, told) for name, told in op.get_bind().execute(sa.select(MODELS.c.name, MODELS.c.catalogue))
    ]


def _keep(model: str, catalogue: dict[str, Any]) -> None:
    op.execute(MODELS.update().where(MODELS.c.name == model).values(catalogue=catalogue))
