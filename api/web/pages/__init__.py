"""The pages, a file each: a function that reads what it shows and names its template."""

from api.web.pages import admin, compare, jobs, queue, signing

OPEN = (signing.router,)  # for whoever has no key yet
KEYED = (admin.router, compare.router, jobs.router, queue.router)

__all__ = ["KEYED", "OPEN"]
