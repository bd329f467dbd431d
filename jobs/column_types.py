"""Types of columns that no database has: times with their zone, and the start of a counterfactual."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.types import TypeDecorator

from inverset.contract import paths
from inverset.contract.decoding import decode
from inverset.jobs.stored_images import Packed, StoredImage, stored_image

JsonObject = dict[str, JsonValue]  # what is stored and answered as it is


class Moment(TypeDecorator[datetime]):
    """A point in time, with its zone in Python and as UTC in the database, because SQLite has no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True)
class SavedStart:
    """The image that a counterfactual started from, after its file was written."""

    sha256: str
    size: int  # bytes
    activations: dict[str, float]
    packed: Packed | None = None  # in the pack of its sample; None: in the file that `paths.start` names


def start_image(blob: str, start: SavedStart) -> StoredImage:
    """Where the start of the sample in a file lies."""
    name = paths.start(blob) if start.packed is None else blob
    return stored_image(name, start.sha256, start.size, start.packed)


class Start(TypeDecorator[SavedStart]):
    """A ``SavedStart``, which is JSON in the database."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: SavedStart | None, dialect: Dialect) -> JsonObject | None:  # noqa: ARG002
        return None if value is None else asdict(value)

    def process_result_value(self, value: JsonObject | None, dialect: Dialect) -> SavedStart | None:  # noqa: ARG002
        return None if value is None else decode(SavedStart, value)
