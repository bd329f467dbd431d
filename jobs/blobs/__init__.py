"""Where files lie, by name: a folder, or a bucket of an S3 store."""

from jobs.blobs.opening import open_store
from jobs.blobs.protocol import Blob, BlobStore

__all__ = ["Blob", "BlobStore", "open_store"]
