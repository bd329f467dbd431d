"""What a gallery's page runs and wears: files of ``browser/``, joined, as a page opened from disk may load no modules."""

import hashlib
from functools import cache
from importlib import resources

_FOLDER = resources.files("inverset.gallery") / "browser"
PARTS = (
    "samples",
    "cells",
    "grid",
    "bands",
    "choice",
    "map",
    "viewer",
    "start",
)  # a part uses those before it


@cache
def script() -> str:
    """All of it, in one scope of its own."""
    parts = ((_FOLDER / f"{name}.js").read_text("utf-8") for name in PARTS)
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


@cache
def style() -> str:
    """Of the gallery alone; the page that it is on names its colours."""
    return (_FOLDER / "gallery.css").read_text("utf-8")


@cache
def version() -> str:
    """Another one with every change."""
    return hashlib.sha256((script() + style()).encode()).hexdigest()[:12]
