"""Finds the store that a URL names."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from jobs.blobs.folder import FolderStore
from jobs.blobs.protocol import BlobStore


def open_store(url: str) -> BlobStore:
    """The store behind a URL ``file:///folder``.

    Raises:
        ValueError: no store is known for such a URL.
    """
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        raise ValueError(f"INVERSET_BLOB_URL is {url!r}; it should look like file:///path/of/a/folder")
    return FolderStore(Path(unquote(parts.path)))
