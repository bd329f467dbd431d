"""Custom models: described in ``models.toml``, measured on a folder of images, and assembled as bundles."""

from inverset.sampler.zoo.own.bundle import load
from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.file import FILE, add, change, entry, names, read, remove

__all__ = ["FILE", "Entry", "add", "change", "entry", "load", "names", "read", "remove"]
