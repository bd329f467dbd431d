"""Script and style of a gallery's page: the files of ``browser/`` joined, because a page opened from disk cannot load modules."""

import hashlib
from functools import cache
from importlib import resources

_FOLDER = resources.files("inverset.gallery") / "browser"
PARTS = (
    "samples",
    "cells",
    "grid",
    "bands",
    "kinds",
    "choice",
    "viewport",
    "map",
    "viewer",
    "start",
)  # a part uses those before it


@cache
def script() -> str:
    """The whole script, in a scope of its own."""
    parts = ((_FOLDER / f"{name}.js").read_text("utf-8") for name in PARTS)
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


@cache
def style() -> str:
    """The style sheet of the gallery alone; the page around it defines the colours."""
    return (_FOLDER / "gallery.css").read_text("utf-8")


@cache
def version() -> str:
    """A tag that changes with every change of script or style."""
    return hashlib.sha256((script() + style()).encode()).hexdigest()[:12]
