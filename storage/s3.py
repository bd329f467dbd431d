"""Files in a bucket of any S3 store."""

import base64
import errno
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from inverset.contract.errors import NotFound
from inverset.storage.bucket import Bucket
from inverset.storage.protocol import PIECE, Blob, StoreRefuses, StoreUnavailable, steps, whole

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3.client import S3Client

AT_ONCE = 8
MISSING = {"404", "NoSuchKey", "NotFound", "InvalidRange"}  # the last: the file ends before the range
FULL = {"QuotaExceeded", "StorageFull", "InsufficientStorage", "XMinioStorageFull", "507"}
# What may be another time although the status is one of the 400s; by the names of Amazon's and others' errors.
REFUSED = {
    "AccessDenied",
    "MalformedXML",
    "InvalidRequest",
    "NotImplemented",
}  # of one file in an answer without statuses
PASSING_STATUS = {408, 409, 425, 429}
PASSING = {"RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests",
           "RequestThrottled", "RequestLimitExceeded", "InternalError", "ServiceUnavailable", "OperationAborted"}  # fmt: skip
CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # Many stores beside Amazon's refuse checksums that they did not request.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,  # seconds
    read_timeout=20,
    max_pool_connections=64,  # all threads of an API
)


class S3Store:
    """A bucket, or the part of it below a prefix. Opening it sends no request."""

    at_once = AT_ONCE

    def __init__(self, bucket: Bucket) -> None:
        """Raises ValueError if the key files cannot be read."""
        self._bucket, self._keys = bucket, bucket.keys()
        self._root = f"{bucket.prefix.strip('/')}/" if bucket.prefix.strip("/") else ""
        self._client = self._reaching(bucket.endpoint)

    def put(self, name: str, content: bytes) -> None:
        with self._domain_errors(name):
            self._client.put_object(**self._place(name), Body=content)

    def get(self, name: str) -> bytes:
        return b"".join(self.stream(name))

    def get_range(self, name: str, start: int, size: int) -> bytes:
        requested = f"bytes={start}-{start + size - 1}"
        with self._domain_errors(name):
            body = self._client.get_object(**self._place(name), Range=requested)["Body"]
            with body:
                return whole(body.read(), name, start, size)

    def stream(self, name: str) -> Iterator[bytes]:
        with self._domain_errors(name):
            body = self._client.get_object(**self._place(name))["Body"]

        def pieces() -> Iterator[bytes]:
            with body, self._domain_errors(name):
                yield from body.iter_chunks(PIECE)

        return pieces()

    def size(self, name: str) -> int:
        with self._domain_errors(name):
            return self._client.head_object(**self._place(name))["ContentLength"]

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except NotFound:
            return False
        return True

    def delete(self, name: str) -> None:
        try:
            with self._domain_errors(name):
                self._client.delete_object(**self._place(name))
        except NotFound:  # Amazon's says nothing, others do
            pass

    def delete_prefix(self, prefix: str) -> None:
        with self._domain_errors(prefix):
            for page in self._pages("/".join(steps(prefix))):
                self._delete([{"Key": each["Key"]} for each in page])

    def names(self, prefix: str = "") -> Iterator[Blob]:
        with self._domain_errors(prefix):
            for page in self._pages(prefix):
                for each in page:
                    yield Blob(each["Key"].removeprefix(self._root), each["Size"], each["LastModified"])

    def presigned(self, name: str, seconds: int, content_type: str, filename: str) -> str | None:
        headers = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f'inline; filename="{filename}"',
        }
        with self._domain_errors(name):
            return self._presigner.generate_presigned_url(
                "get_object", Params={**self._place(name), **headers}, ExpiresIn=seconds
            )

    @cached_property
    def _presigner(self) -> "S3Client":
        """A client for presigned URLs: the signature includes the host, so users need one made for the host they reach."""
        public = self._bucket.public_endpoint
        return self._reaching(public) if public else self._client

    def _reaching(self, endpoint: str | None) -> "S3Client":
        session = Session(*self._keys, region_name=self._bucket.region)
        client = session.client("s3", endpoint_url=endpoint, config=CONFIG)
        client.meta.events.register("before-sign.s3.DeleteObjects", _add_md5)
        return client

    def _place(self, name: str) -> Any:
        return {"Bucket": self._bucket.name, "Key": self._root + "/".join(steps(name))}

    def _pages(self, prefix: str) -> Iterator[list[Any]]:
        """The entries of a folder, up to a thousand at a time."""
        start = self._root + ("/".join(steps(prefix)) + "/" if prefix else "")
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=start)
        return (page["Contents"] for page in pages if page.get("Contents"))

    def _delete(self, entries: list[Any]) -> None:
        answer = self._client.delete_objects(
            Bucket=self._bucket.name, Delete={"Objects": entries, "Quiet": True}
        )
        for refused in answer.get("Errors", ()):
            if refused.get("Code") not in MISSING:
                kind = StoreRefuses if refused.get("Code") in REFUSED else StoreUnavailable
                raise kind(f"{refused.get('Key')} was not deleted: {refused.get('Message')}")

    @contextmanager
    def _domain_errors(self, name: str) -> Iterator[None]:
        """A context that turns errors of S3 into those of the protocol."""
        try:
            yield
        except ClientError as error:
            raise _refusal(error.response, str(error), name) from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"the store of files does not answer: {error}") from error


def _add_md5(request: "AWSRequest", **_: object) -> None:
    """Add the MD5 of a list to delete: many stores beside Amazon's need it and do not know the newer checksums."""
    content: Any = request.body  # of bytes
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()


def _refusal(answer: Mapping[str, Any], message: str, name: str) -> Exception:
    code = str(answer.get("Error", {}).get("Code"))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in MISSING:
        return NotFound(f"the file {name} is missing")
    if code in FULL or status == 507:
        return OSError(errno.ENOSPC, f"the store of files is full: {message}")
    kind = StoreUnavailable if _may_pass(status, code) else StoreRefuses
    return kind(f"the store of files refuses: {message}")


def _may_pass(status: int, code: str) -> bool:
    """Whether the same request may succeed later without any change."""
    asked_wrongly = 300 <= status < 500 or status == 501
    return not asked_wrongly or status in PASSING_STATUS or code in PASSING
