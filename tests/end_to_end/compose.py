"""docker-compose.yml as it is written, with what it says of containers said of processes on loopback."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docker-compose.yml"


class _Loader(yaml.SafeLoader):
    """Reads what compose adds to YAML: ``!reset`` removes a value of another file."""


_Loader.add_constructor("!reset", lambda *_: None)


def read(file: Path = FILE) -> dict[str, Any]:
    """The file, with its anchors resolved."""
    result: dict[str, Any] = yaml.load(file.read_text(), _Loader)
    return result


def in_order(services: Mapping[str, Any]) -> Iterator[str]:
    """Names of services, each after those that it depends on."""
    seen = dict[str, None]()

    def visit(name: str) -> None:
        for other in services[name].get("depends_on", {}):
            visit(other)
        seen.setdefault(name)

    for name in services:
        visit(name)
    return iter(seen)


def at_home(text: str, places: Mapping[str, str]) -> str:
    """A string of the file with places inside containers replaced by those here, and what .env may set by its defaults."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    for inside, here in places.items():
        text = text.replace(inside, here)
    return text.replace("$$", "$")
