"""What an owner writes on a job: a name, notes, tags, a star; and the text that searches look through."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy.orm import Session

from inverset.contract.question import names
from inverset.jobs.tables import Job, SearchText

MOST_TAGS = 20


def _once(tags: list[str]) -> list[str]:
    """The tags without repetitions, in their order."""
    return list(dict.fromkeys(tags))


Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n]*$")]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^,\r\n]*$")
]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(_once)]


def change(session: Session, job: Job, changes: Mapping[str, Any]) -> None:
    """Set columns of a job, and write its text for searches anew.

    Args:
        session: of the job, which is locked.
        job: the job.
        changes: by column, valid values of ``visibility``, ``name``, ``notes``, ``tags``, ``starred``.
    """
    for column, value in changes.items():
        setattr(job, column, value)
    write_text(session, job)


def write_text(session: Session, job: Job) -> None:
    """Write the text of a job that searches look through."""
    session.merge(SearchText(job_id=job.id, text=search_text(job)))


def search_text(job: Job) -> str:
    """Lines in lower case, each with a line break before and behind it: neurons, tags behind a ``#``, all else indented.

    So a neuron or a tag is found as a whole line, and nothing that a user writes is taken for one.
    """
    free = (f" {' '.join(text.split())}" for text in (job.name, job.notes, job.model, job.owner))
    lines = [*names(job.targets), *map(_line_of_tag, job.tags), *free]
    return "".join(f"\n{line.casefold()}" for line in lines) + "\n"


def lines_with(neuron: str | None, tag: str | None) -> list[str]:
    """What the text of a job contains if the job has the neuron and the tag; None: any."""
    lines = [neuron, None if tag is None else _line_of_tag(tag)]
    return [f"\n{line.casefold()}\n" for line in lines if line is not None]


def parsed_tags(text: str) -> list[str]:
    """The tags in a text with commas between them."""
    return [tag for each in text.split(",") if (tag := each.strip())]


def _line_of_tag(tag: str) -> str:
    return f"#{tag.strip()}"
