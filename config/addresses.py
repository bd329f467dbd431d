"""The public addresses of the service, from ``INVERSET_PUBLIC_URL``."""

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~@:+-]+)*", re.ASCII)
_LONGEST_PREFIX = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}


class PublicUrl(NamedTuple):
    """A scheme, a host, and a port if it is not the scheme's default."""

    scheme: str
    host: str  # an IPv6 address in brackets
    port: int | None

    @property
    def netloc(self) -> str:
        """The address as a browser sends it in ``Host``."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The address as a browser sends it in ``Origin``."""
        return f"{self.scheme}://{self.netloc}"


@cache
def public_urls(text: str) -> tuple[PublicUrl, ...]:
    """The addresses in a list of URLs separated by commas; empty: there are none.

    Raises:
        ValueError: one is no http or https URL of a host alone.
    """
    return tuple(_read(each) for each in filter(None, (each.strip() for each in text.split(","))))


def listed_urls(text: str) -> str:
    """The list unchanged, if ``public_urls`` can read it. Raises ValueError as it does."""
    public_urls(text)
    return text


def prefix(text: str) -> str:
    """A path prefix without the slash at its end; empty: there is none.

    Raises:
        ValueError: it is none that could stand there.
    """
    written = text.rstrip("/")
    plain = unquote(
        written
    )  # the escape of "@" is written by some and not by others, and cookies tell them apart
    if not _PREFIX.fullmatch(plain) or len(written) > _LONGEST_PREFIX or {".", ".."} & {*plain.split("/")}:
        raise ValueError(
            f"{text[:_LONGEST_PREFIX]!r} is not a path such as /inverset or /user/ann/proxy/8765"
        )
    return written


def _read(text: str) -> PublicUrl:
    parts = urlsplit(text)
    alone = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not alone:
        raise ValueError(
            f"{text!r} is not an address such as https://inverset.example; a path prefix goes into INVERSET_ROOT_PATH"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return PublicUrl(parts.scheme, host, None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port)
