"""Drives the Firefox that is on the PATH, without a window, by its own protocol, Marionette.

Playwright drives only a Firefox of its own or one that is newer than Debian's; Mozilla's Python driver needs a module that Python 3.13
no longer has.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

NAMES = ("firefox-esr", "firefox")
RIGHT, ESCAPE = "\ue014", "\ue00c"  # keys, as WebDriver names them
SECONDS = 20  # until something shows, at most
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element in WebDriver's answers
_PREFERENCES = """user_pref("marionette.port", 0);
user_pref("intl.accept_languages", "en");
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
"""
# Of scripts, styles and the content security policy. The browser's own messages name no http address.
_ERRORS = """const found = Services.console.getMessageArray()
  .filter(each => each instanceof Ci.nsIScriptError && each.sourceName.startsWith('http'))
  .filter(each => !(each.flags & Ci.nsIScriptError.warningFlag) || each.category.includes('CSP'))
  .map(each => `${each.sourceName}:${each.lineNumber}: ${each.errorMessage}`)
Services.console.reset()
return found"""


class FirefoxError(Exception):
    """Firefox refuses a command."""


class Firefox:
    """A browser with one tab."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._read()  # the greeting
        self._sent = 0
        self.send("WebDriver:NewSession")

    def send(self, command: str, **parameters: object) -> object:
        """The result of a command. Raises FirefoxError."""
        self._sent += 1
        content = json.dumps([0, self._sent, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(content), content))
        _, _, error, result = self._read()
        if error:
            raise FirefoxError(f"{command}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def open(self, url: str) -> None:
        """Load a page."""
        self.send("WebDriver:Navigate", url=url)

    def evaluate(self, expression: str) -> object:
        """The value of an expression of JavaScript on the page."""
        return self.send("WebDriver:ExecuteScript", script=f"return {expression}", args=[])

    def wait(self, expression: str) -> None:
        """Wait until an expression is true. Raises AssertionError where it stays false."""
        end = time.monotonic() + SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"{expression} stays false on {self.evaluate('location.href')}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click the first element of a CSS selector."""
        self.send("WebDriver:ElementClick", id=self._found(selector))

    def type(self, selector: str, text: str) -> None:
        """Type into the first element of a CSS selector."""
        self.send("WebDriver:ElementSendKeys", id=self._found(selector), text=text)

    def errors(self) -> list[str]:
        """The errors of all pages since the last call."""
        self.send("Marionette:SetContext", value="chrome")
        result = self.send("WebDriver:ExecuteScript", script=_ERRORS, args=[])
        self.send("Marionette:SetContext", value="content")
        assert isinstance(result, list)
        return result

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _found(self, selector: str) -> str:
        element = self.send("WebDriver:FindElement", using="css selector", value=selector)
        assert isinstance(element, dict)
        return str(element[_ELEMENT])

    def _read(self) -> list:
        length = b""
        while (byte := self._received(1)) != b":":
            length += byte
        return json.loads(self._received(int(length)))

    def _received(self, count: int) -> bytes:
        content = b""
        while len(content) < count:
            piece = self._socket.recv(count - len(content))
            if not piece:
                raise FirefoxError("it closed the connection")
            content += piece
        return content


def program() -> str | None:
    """The path of a Firefox, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(path: str) -> Iterator[Firefox]:
    """A Firefox with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        (profile / "user.js").write_text(_PREFERENCES)
        command = [path, "--headless", "--marionette", "--remote-allow-system-access", "--profile", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                with closing(
                    Firefox(_port(profile / "MarionetteActivePort", lambda: process.poll() is None))
                ) as firefox:
                    yield firefox
            finally:
                process.terminate()


def _port(file: Path, alive: Callable[[], bool]) -> int:
    """The port that a Firefox writes into its profile once it listens."""
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert alive(), "Firefox ended"
        assert time.monotonic() < end, "Firefox does not listen"
        time.sleep(0.05)
    return int(file.read_text())
