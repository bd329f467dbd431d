"""The object store, by file name: a folder, or a bucket of an S3 store."""

from inverset.storage.ahead import ahead, put_all
from inverset.storage.copying import copy
from inverset.storage.opening import open_store
from inverset.storage.protocol import PIECE, Blob, BlobStore, Place, StoreRefuses, StoreUnavailable

__all__ = [
    "PIECE",
    "Blob",
    "BlobStore",
    "Place",
    "StoreRefuses",
    "StoreUnavailable",
    "ahead",
    "copy",
    "open_store",
    "put_all",
]
