"""Numbers and times as the pages print them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from inverset.api.schemas import JobAnswer, QueueEntry, QueuePlace
from inverset.contract import titles
from inverset.contract.plain_words import place
from inverset.contract.question import Target
from inverset.contract.waiting import REASONS
from inverset.gallery.evidence_view import number
from inverset.jobs import share


def asked(targets: Iterable[Target]) -> str:
    """Neurons and their bands in one line: ``fc8:volcano from 15 to 20 and conv5:3 from 1 to 2``."""
    return " and ".join(
        each.neuron if each.band.is_open else f"{each.neuron} from {each.band}" for each in targets
    )


def titled(job: JobAnswer) -> str:
    """A job's neurons and bands in the units of the request: ``volcano, between its 95th and 99th percentile``."""
    return titles.title(job.targets, job.spec)


def duration(seconds: float | None) -> str:
    """A duration, such as ``40 s``, ``3 min``, ``2 h 5 min``."""
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """Bytes, such as ``3.2 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def kind(word: str) -> str:
    """A word as the name of a CSS class."""
    return word.replace(" ", "-")


def moment(text: str | None) -> str:
    """A time of an answer, to the minute: ``2026-11-26 13:58 UTC``."""
    return "never" if text is None else f"{text[:10]} {text[11:16]} UTC"


def ago(text: str) -> str:
    """How long ago a time of an answer is: ``20 min ago``; older than a week, its day."""
    age = datetime.now(UTC) - datetime.fromisoformat(text)
    if age.days >= 7:
        return text[:10]
    seconds = max(0.0, age.total_seconds())
    if seconds < 60:
        return "just now"
    for unit, length in (("day", 86_400), ("h", 3600), ("min", 60)):
        if count := int(seconds // length):
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return "just now"


def start(place: QueuePlace | QueueEntry) -> str:
    """When a queued job starts, as the end of a sentence: ``starts in about 40 s``, or why that is unknown."""
    seconds = place.starts_in_seconds
    if seconds is not None:
        return f"starts in about {duration(seconds)}"
    return f"start time not known: {REASONS[place.reason or 'not measured']}"


FILTERS: Mapping[str, Callable[..., str]] = {
    "ago": ago,
    "asked": asked,
    "duration": duration,
    "kind": kind,
    "moment": moment,
    "nature": lambda shares: share.sentence(shares) or "",
    "number": number,
    "percentile": titles.percentile,
    "place": place,
    "size": size,
    "start": start,
    "titled": titled,
}
