"""What a page must not do behind its reader's back."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOCAL_SCHEMES = ("data", "blob", "about", "file")


class Watch:
    """Notes all that goes wrong in a browser's pages: errors of scripts, refusals by the policy, other hosts asked."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._host, self._wrong, self._allowed = urlsplit(url).netloc, list[str](), list[str]()
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        context.on("request", self._see)

    def allow(self, pattern: str) -> None:
        """Let pass what a test brings about on purpose."""
        self._allowed.append(pattern)

    def wrong(self) -> list[str]:
        """What was not allowed."""
        return [
            output for output in self._wrong if not any(re.search(each, output) for each in self._allowed)
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._wrong.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _catch(self, error: WebError) -> None:
        self._wrong.append(f"uncaught: {error.error}")

    def _see(self, request: Request) -> None:
        question = urlsplit(request.url)
        if question.scheme not in LOCAL_SCHEMES and question.netloc != self._host:
            self._wrong.append(f"another host was asked: {request.url}")
