"""``inverset share``: read-only links of a gallery; and ``inverset cite``."""

from typing import Annotated

import typer

from inverset.client import LOCAL
from inverset.commands.options import Job, Server, client
from inverset.screen import out, say

app = typer.Typer(help="Manage read-only links of a gallery, for people without a key.", no_args_is_help=True)
Link = Annotated[
    str, typer.Argument(metavar="LINK", help="The link's id, as `inverset share list` shows it.")
]


@app.command("create")
def create(job: Job, server: Server = LOCAL) -> None:
    """Make a link and print it. It is not shown again."""
    with client(server) as service:
        made = service.share(job)
    say(f"anyone with this link can see {job}; withdraw it with: inverset share withdraw {job} {made['id']}")
    out.print(made["url"], soft_wrap=True, markup=False)


@app.command("list")
def list_links(job: Job, server: Server = LOCAL) -> None:
    """List the links of a gallery, without their addresses."""
    with client(server) as service:
        links = service.share_links(job)
    if not links:
        say(f"{job} has no links")
    for each in links:
        out.print(f"{each['id']}  {each['created']}", markup=False)


@app.command("withdraw")
def withdraw(job: Job, link: Link, server: Server = LOCAL) -> None:
    """Withdraw a link: it stops working at once."""
    with client(server) as service:
        service.withdraw(job, link)
    say(f"the link {link} of {job} is withdrawn")


def cite(job: Job, server: Server = LOCAL) -> None:
    """Print how to cite a gallery: one line, and a BibTeX entry."""
    with client(server) as service:
        found = service.citation(job)
    out.print(found["line"], soft_wrap=True, markup=False)
    out.print(found["bibtex"], soft_wrap=True, markup=False)
