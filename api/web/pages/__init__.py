"""The pages, a file each: a function that reads what it shows and names its template."""

from api.web.pages import jobs, signing

OPEN = (signing.router,)  # for whoever has no key yet
KEYED = (jobs.router,)

__all__ = ["KEYED", "OPEN"]
