"""Copies all files of one store to another: a backup, and its restoration."""

from collections.abc import Iterator
from functools import partial

from inverset.contract.errors import NotFound
from inverset.storage.ahead import ahead
from inverset.storage.protocol import Blob, BlobStore


def copy(source: BlobStore, target: BlobStore) -> Iterator[int]:
    """Copy the files that ``target`` lacks, a few in parallel; yields the bytes of each.

    Files never change under their name: so one that is there, and as long, need not be sent again. Those that are
    removed meanwhile are left out, and what ``source`` does not have stays where it is.

    Raises what the stores raise.
    """
    there = {blob.name: blob.size for blob in target.names()}

    def copied(blob: Blob) -> int:
        try:
            content = source.get(blob.name)
        except NotFound:
            return 0
        target.put(blob.name, content)
        return len(content)

    missing = (blob for blob in source.names() if there.get(blob.name) != blob.size)
    yield from ahead((partial(copied, blob) for blob in missing), max(source.at_once, target.at_once))
