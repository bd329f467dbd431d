"""HTTP requests to one server, and the meaning of its answers. Only requests that are safe to repeat are repeated."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from inverset.contract.decoding import decode
from inverset.errors import ProblemResponse, ServerUnreachable, refusal
from inverset.jobs.backoff import Backoff
from inverset.stream import Event, events

PATIENCE = 30  # seconds of silence, beyond what the server was asked to wait
# Seconds for which a server that answered before is asked again: it may be restarting. One that never did may not be
# there at all, and a user at a command line should learn of it.
KNOWN_SECONDS, UNKNOWN_SECONDS = 15.0, 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds; doubled from try to try
PARTIAL = 206  # the status of the rest of a file
PASSING = {502, 503, 504}  # statuses that may be others in a moment
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Answer = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Page:
    """A page of a list."""

    items: tuple[Any, ...]  # JSON
    next: str | None  # where the next one is


class Transport:
    """The connections to a server.

    Every method raises ``ProblemResponse`` where the server says no, and ``ServerUnreachable`` where none is found.
    """

    def __init__(self, url: str, key: str | None) -> None:
        address = urlsplit(url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(f"{url!r} is not the address of a server; it should look like http://host:port")
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=PATIENCE,
            trust_env=address.hostname not in LOOPBACK,  # a proxy does not know this machine's own servers
        )
        self._known = False  # whether it ever answered

    def get(self, path: str, query: Mapping[str, object] | None = None, *, wait: int = 0) -> httpx.Response:
        """GET, with retries; ``wait``: the server may hold its answer back for so many seconds."""
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        params = given or None  # an empty dict would remove the query that a path brings along
        return self._persistently(
            lambda: self._send("GET", path, params=params, headers=headers, timeout=PATIENCE + wait)
        )

    def get_once(self, path: str) -> httpx.Response:
        """GET, without retries."""
        return self._send("GET", path)

    def pages(self, path: str, **query: object) -> Iterator[Answer]:
        """The items of a list, page after page."""
        page = decode(_Page, self.get(path, query).json())
        yield from page.items
        while page.next:
            page = decode(_Page, self.get(page.next).json())
            yield from page.items

    def events(self, path: str) -> Iterator[Event]:
        """Server-sent events before the one named "end"; after a broken connection it continues behind the last."""
        last, retries = None, None
        while True:
            try:
                for event in self._events(path, last):
                    if event.name == "end":
                        return
                    last, retries = event.id, None
                    yield event
                broken: ServerUnreachable | ProblemResponse = ServerUnreachable(
                    str(self._http.base_url), EOFError("it ended early")
                )
            except (ServerUnreachable, ProblemResponse) as error:
                broken = error
            retries = retries or self._retries()
            if not (_passes(broken) and retries.wait()):
                raise broken

    def fetch(self, path: str, file: Path) -> None:
        """Download to a file, piece by piece; a broken download is resumed if the file is still the same."""
        tags: list[str] = []  # of what is in the file
        self._persistently(lambda: self._stream(path, file, tags))

    def post_once(self, path: str, body: object) -> Answer:
        """POST what must happen only once: an Idempotency-Key lets the server recognise a repetition."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer: Answer = self._persistently(
            lambda: self._send("POST", path, json=body, headers=headers).json()
        )
        return answer

    def post(self, path: str) -> Answer:
        """POST, without retries."""
        answer: Answer = self._send("POST", path).json()
        return answer

    def post_form(
        self, path: str, files: Sequence[tuple[str, tuple[str, bytes]]], fields: Mapping[str, Sequence[str]]
    ) -> Answer:
        """POST files and fields in multipart/form-data, without retries.

        Args:
            path: where to.
            files: of each its field, name and content.
            fields: the values of each field.
        """
        texts = [(name, (None, each.encode())) for name, values in fields.items() for each in values]
        answer: Answer = self._send("POST", path, files=[*files, *texts]).json()
        return answer

    def patch(self, path: str, body: object) -> Answer:
        """PATCH, without retries."""
        answer: Answer = self._send("PATCH", path, json=body).json()
        return answer

    def delete(self, path: str) -> None:
        """DELETE."""
        self._send("DELETE", path)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, self._below(path), **how)
        except httpx.TransportError as error:
            raise ServerUnreachable(str(self._http.base_url), error) from error
        self._check(answer)
        return answer

    def _stream(self, path: str, file: Path, tags: list[str]) -> None:
        there = file.stat().st_size if tags and file.exists() else 0
        headers = {"Range": f"bytes={there}-", "If-Range": tags[-1]} if there else {}
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                self._check(answer)
                tags[:] = [answer.headers["ETag"]] if "ETag" in answer.headers else []
                with file.open("ab" if answer.status_code == PARTIAL else "wb") as target:
                    for piece in answer.iter_bytes():
                        target.write(piece)
        except httpx.TransportError as error:
            raise ServerUnreachable(str(self._http.base_url), error) from error

    def _events(self, path: str, last: str | None) -> Iterator[Event]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                self._check(answer)
                yield from events(answer.iter_lines())
        except httpx.TransportError as error:
            raise ServerUnreachable(str(self._http.base_url), error) from error

    def _below(self, path: str) -> str:
        """A path without the prefix that links in answers have behind a proxy."""
        before = urlsplit(str(self._http.base_url)).path.rstrip("/")
        return path.removeprefix(before) if path.startswith(f"{before}/") else path

    def _check(self, answer: httpx.Response) -> None:
        self._known = self._known or answer.status_code not in PASSING
        if not answer.is_success:
            answer.read()
            raise refusal(answer)

    def _retries(self) -> "_Retries":
        return _Retries(KNOWN_SECONDS if self._known else UNKNOWN_SECONDS)

    def _persistently(self, attempt: Callable[[], Result]) -> Result:
        """Repeat for a while what failed for a passing reason."""
        retries = None  # they begin with the first failure: the server may have been made to wait before it
        while True:
            try:
                return attempt()
            except (ServerUnreachable, ProblemResponse) as error:
                retries = retries or self._retries()
                if not (_passes(error) and retries.wait()):
                    raise


class _Retries:
    """Growing pauses between attempts, until a time is over."""

    def __init__(self, seconds: float) -> None:
        self._end, self._backoff = time.monotonic() + seconds, Backoff(FIRST_PAUSE, LONGEST_PAUSE)

    def wait(self) -> bool:
        """Wait for the next attempt; False: no time is left for one."""
        if time.monotonic() + self._backoff.pause > self._end:
            return False
        time.sleep(self._backoff.advance())
        return True


def _passes(error: ServerUnreachable | ProblemResponse) -> bool:
    return isinstance(error, ServerUnreachable) or error.status in PASSING
