"""Where files lie, by name: a folder, or a bucket of an S3 store."""

from jobs.blobs.opening import open_store
from jobs.blobs.protocol import Blob, BlobStore, StoreUnavailable

__all__ = ["Blob", "BlobStore", "StoreUnavailable", "open_store"]
