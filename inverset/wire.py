"""Requests to one server, and what its answers mean. Only what is safe to send twice is sent twice."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from inverset.refusals import NoAnswer, Refused, refusal
from inverset.stream import Event, events

PATIENCE = 30  # seconds of silence, beyond what the server was asked to wait
TRIES, FIRST_PAUSE = 4, 0.1  # seconds; doubled from try to try
PASSING = {502, 503, 504}  # statuses that may be others in a moment
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Answer = dict[str, Any]
Result = TypeVar("Result")


class Wire:
    """The connections to a server.

    Every method raises ``Refused`` where the server says no, and ``NoAnswer`` where none is found.
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

    def get(self, path: str, query: Mapping[str, object] | None = None, *, wait: int = 0) -> httpx.Response:
        """Ask; ``wait``: the server may hold its answer back for so many seconds."""
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        params = given or None  # an empty dict would remove the query that a path brings along
        return _persistently(
            lambda: self._send("GET", path, params=params, headers=headers, timeout=PATIENCE + wait)
        )

    def pages(self, path: str, **query: object) -> Iterator[Answer]:
        """The items of a list, page after page."""
        page = self.get(path, query).json()
        yield from page["items"]
        while page["next"]:
            page = self.get(page["next"]).json()
            yield from page["items"]

    def events(self, path: str) -> Iterator[Event]:
        """Server-sent events before the one named "end"; where the line breaks, it goes on after the last."""
        last, tries = None, 0
        while True:
            try:
                for event in self._events(path, last):
                    if event.name == "end":
                        return
                    last, tries = event.id, 0
                    yield event
                broken = NoAnswer(str(self._http.base_url), EOFError("it told no end"))
            except NoAnswer as wrong:
                broken = wrong
            tries += 1
            if tries == TRIES:
                raise broken
            time.sleep(FIRST_PAUSE * 2**tries)

    def fetch(self, path: str, file: Path) -> None:
        """Write what is there into a file, piece by piece."""
        _persistently(lambda: self._stream(path, file))

    def post_once(self, path: str, body: object) -> Answer:
        """Send what must happen once only: a key lets the server know it when it comes again."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer: Answer = _persistently(lambda: self._send("POST", path, json=body, headers=headers).json())
        return answer

    def post(self, path: str) -> Answer:
        """Send a wish, once."""
        answer: Answer = self._send("POST", path).json()
        return answer

    def delete(self, path: str) -> None:
        """Remove what is there."""
        self._send("DELETE", path)

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **how)
        except httpx.TransportError as wrong:
            raise NoAnswer(str(self._http.base_url), wrong) from wrong
        if not answer.is_success:
            raise refusal(answer)
        return answer

    def _stream(self, path: str, file: Path) -> None:
        try:
            with self._http.stream("GET", path) as answer, file.open("wb") as target:
                if not answer.is_success:
                    answer.read()
                    raise refusal(answer)
                for piece in answer.iter_bytes():
                    target.write(piece)
        except httpx.TransportError as wrong:
            raise NoAnswer(str(self._http.base_url), wrong) from wrong

    def _events(self, path: str, last: str | None) -> Iterator[Event]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                if not answer.is_success:
                    answer.read()
                    raise refusal(answer)
                yield from events(answer.iter_lines())
        except httpx.TransportError as wrong:
            raise NoAnswer(str(self._http.base_url), wrong) from wrong


def _persistently(attempt: Callable[[], Result]) -> Result:
    """Try again, a few times, what failed for a reason that may pass."""
    pause = FIRST_PAUSE
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except (NoAnswer, Refused) as wrong:
            if not left or (isinstance(wrong, Refused) and wrong.status not in PASSING):
                raise
        time.sleep(pause)
        pause *= 2
    raise AssertionError("the last try returns or raises")
