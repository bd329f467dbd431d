"""Commands that order jobs: ``inverset jobs``, ``label``, ``front``."""

from itertools import islice
from typing import Annotated

import typer
from rich.markup import escape

from inverset import tables
from inverset.client import LOCAL
from inverset.commands.options import Job, Server, client
from inverset.contract.answers import JobAnswer
from inverset.errors import UserError
from inverset.screen import out, say

State = Annotated[str | None, typer.Option("--state", help="Only jobs in this state.")]
Model = Annotated[str | None, typer.Option("--model", help="Only jobs on this model.")]
Neuron = Annotated[str | None, typer.Option("--neuron", help="Only jobs of this neuron, by its full name.")]
Trust = Annotated[
    str | None, typer.Option("--trust", help="Only jobs with this verdict: good, careful, do not trust.")
]
Tag = Annotated[str | None, typer.Option("--tag", help="Only jobs with this tag.")]
Search = Annotated[
    str | None,
    typer.Option("--search", help="Only jobs with these words in their name, notes, tags or neurons."),
]
Starred = Annotated[bool, typer.Option("--starred", help="Only jobs with a star.")]
Mine = Annotated[bool, typer.Option("--mine", help="Only your own jobs.")]
Most = Annotated[int, typer.Option("--limit", min=1, help="List at most this many.")]
Name = Annotated[str | None, typer.Option("--name", help="A name; an empty one removes it.")]
Notes = Annotated[str | None, typer.Option("--notes", help="Notes; empty ones remove them.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Add a tag; can be repeated.")]
Untag = Annotated[list[str] | None, typer.Option("--untag", help="Remove a tag; can be repeated.")]
Star = Annotated[bool | None, typer.Option("--star/--no-star", help="Add or remove a star.")]


def jobs(
    *,
    state: State = None,
    model: Model = None,
    neuron: Neuron = None,
    trust: Trust = None,
    tag: Tag = None,
    search: Search = None,
    starred: Starred = False,
    mine: Mine = False,
    limit: Most = 20,
    server: Server = LOCAL,
) -> None:
    """List jobs, newest first; previews are left out."""
    texts = {"state": state, "model": model, "neuron": neuron, "trust": trust, "tag": tag, "search": search}
    which = {**texts, "starred": starred or None, "whose": "mine" if mine else None}
    with client(server) as service:
        rows = list(islice(service.jobs(**which), limit))
    if not rows:
        say("no jobs match" if any(which.values()) else "no jobs")
        return
    out.print(tables.jobs(map(JobAnswer.of, rows)))


def label(
    *,
    job: Job,
    name: Name = None,
    notes: Notes = None,
    tag: Tags = None,
    untag: Untag = None,
    star: Star = None,
    server: Server = LOCAL,
) -> None:
    """Give a gallery a name, notes, tags or a star."""
    changes: dict[str, str | bool | list[str]] = {
        column: value
        for column, value in (("name", name), ("notes", notes), ("starred", star))
        if value is not None
    }
    if not (changes or tag or untag):
        raise UserError("give at least one of --name, --notes, --tag, --untag, --star, --no-star")
    with client(server) as service:
        if tag or untag:
            before = JobAnswer.of(service.job(job)).tags
            changes["tags"] = [each for each in (*before, *(tag or ())) if each not in (untag or ())]
        answer = JobAnswer.of(service.change(job, **changes))
    out.print(escape(answer.label) or f"{job} has no name, tags or star", soft_wrap=True)


def front(job: Job, server: Server = LOCAL) -> None:
    """Move a job before your other jobs."""
    with client(server) as service:
        service.put_first(job)
    say(f"{job} comes before your other jobs")
