"""The object store, by file name: a folder, or a bucket of an S3 store."""

from inverset.jobs.blobs.ahead import ahead
from inverset.jobs.blobs.copying import copy
from inverset.jobs.blobs.opening import open_store
from inverset.jobs.blobs.protocol import Blob, BlobStore, StoreRefuses, StoreUnavailable

__all__ = ["Blob", "BlobStore", "StoreRefuses", "StoreUnavailable", "ahead", "copy", "open_store"]
