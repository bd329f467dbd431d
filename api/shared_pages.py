"""The pages of shared galleries, and the policy under which a browser shows them.

A page is made here and not taken from the store, so that its one script and its one style are those whose digests the policy names:
nothing else in it is run, whatever a model or a label is called.
"""

import base64
import hashlib
from functools import cache, lru_cache

from inverset import gallery
from inverset.api.deps import Services
from inverset.gallery import contents, script
from inverset.gallery.page import style

_REMEMBERED = 16  # pages


class SharedPages:
    """Makes the pages; the last few stay in memory."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._made = lru_cache(maxsize=_REMEMBERED)(self._make)

    def page(self, job_id: str, revision: int) -> bytes:
        """The page of a job's gallery, as a download has it; ``revision``: of the job. Raises NotFound if there is no such job."""
        return self._made(job_id, revision)

    def _make(self, job_id: str, _revision: int) -> bytes:
        with self._services.reading() as session:
            opened = contents.of_job(session, self._services.blobs, job_id)
        return gallery.page(opened).encode()


@cache
def policy() -> str:
    """The Content-Security-Policy of such a page."""
    return (
        f"default-src 'none'; script-src {_digest(script.script())}; style-src {_digest(style())}; img-src 'self' data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
