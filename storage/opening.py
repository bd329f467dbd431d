"""Opens the store that a URL names."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from inverset.storage.bucket import FORM, Bucket
from inverset.storage.folder import FolderStore
from inverset.storage.protocol import BlobStore


def open_store(url: str) -> BlobStore:
    """The store of a URL ``file:///folder`` or ``s3://bucket?endpoint=...``, see ``Bucket``.

    Raises:
        ValueError: no store is known for such a URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return _bucket(url)
    raise ValueError(f"INVERSET_BLOB_URL is {url!r}; it should look like file:///path/of/a/folder or {FORM}")


def _bucket(url: str) -> BlobStore:
    from inverset.storage.s3 import S3Store  # noqa: PLC0415 - boto3 takes its time, and a folder needs none of it

    try:
        return S3Store(Bucket.of(url))
    except ValueError as error:
        raise ValueError(f"INVERSET_BLOB_URL is {url!r}: {error}") from None
