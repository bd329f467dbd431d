"""What only a bucket can do, and how it may fail."""

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from inverset.contract.errors import NotFound
from inverset.storage import BlobStore, StoreRefuses, StoreUnavailable, open_store
from tests.services import free_port


class Strict(BaseHTTPRequestHandler):
    """A store that deletes several files at once only where Content-MD5 is that of their list, as many do."""

    def do_GET(self):
        keys = "".join(
            f"<Contents><Key>jobs/a/{number}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
            for number in range(3)
        )
        self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>")

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        expected = base64.b64encode(hashlib.md5(sent, usedforsecurity=False).digest()).decode()
        if self.headers["Content-MD5"] != expected:
            self.answer(400, "<Error><Code>MissingContentMD5</Code><Message>it is missing</Message></Error>")
            return
        self.server.deleted += sent.count(b"<Key>")
        self.answer(200, "<DeleteResult></DeleteResult>")

    def answer(self, status, text):
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_a_store_that_wants_content_md5(tmp_path):
    (tmp_path / "key").write_text("key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Strict) as server:
        server.deleted = 0
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        keys = f"access_key_file={tmp_path}/key&secret_key_file={tmp_path}/key"
        open_store(f"s3://bucket?endpoint=http://127.0.0.1:{server.server_port}&{keys}").delete_prefix(
            "jobs/a/"
        )
        assert server.deleted == 3
        server.shutdown()
        thread.join()


class Refusing(Strict):
    """A store that refuses everything in one way."""

    def do_GET(self):
        status, code = self.server.refusal
        self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>")

    do_PUT = do_GET  # noqa: N815 - as the standard library calls them


@pytest.fixture
def refusing(tmp_path):
    """A function: a store that refuses with a status and a code."""
    (tmp_path / "key").write_text("key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def refusing(status, code):
            server.refusal = status, code
            keys = f"access_key_file={tmp_path}/key&secret_key_file={tmp_path}/key"
            return open_store(f"s3://bucket?endpoint=http://127.0.0.1:{server.server_port}&{keys}")

        yield refusing
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "code", "lasting"),
    [
        (403, "AccessDenied", True),
        (403, "InvalidAccessKeyId", True),
        (403, "SignatureDoesNotMatch", True),
        (404, "NoSuchBucket", True),
        (400, "InvalidBucketName", True),
        (400, "EntityTooLarge", True),
        (405, "MethodNotAllowed", True),
        (501, "NotImplemented", True),
        (400, "RequestTimeout", False),
        (403, "RequestTimeTooSkewed", False),
        (408, "RequestTimeout", False),
        (409, "OperationAborted", False),
        (429, "TooManyRequests", False),
        (500, "InternalError", False),
        (503, "SlowDown", False),
        (503, "ServiceUnavailable", False),
    ],
)
def test_a_refusal_that_lasts_is_told_from_one_that_passes(refusing, status, code, lasting):
    store = refusing(status, code)
    for act in (lambda: store.put("x", b""), lambda: store.get("x")):
        with pytest.raises(StoreUnavailable, match=code) as refused:
            act()
        assert isinstance(refused.value, StoreRefuses) is lasting


@pytest.fixture
def bucket(s3_store) -> BlobStore:
    return open_store(s3_store)


def test_a_presigned_url_hands_the_file_to_anybody_for_a_while(bucket):
    bucket.put("a/1.png", b"one")
    bucket.put("a/2.png", b"two")
    url = bucket.presigned("a/1.png", 60, "image/png", "000001.png")
    answer = httpx.get(url)
    assert (answer.status_code, answer.content) == (200, b"one")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="000001.png"'
    other = url.replace("/1.png?", "/2.png?")
    longer = url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")
    for tampered in (other, longer, url[:-1] + ("0" if url[-1] != "0" else "1")):
        assert httpx.get(tampered).status_code == 403
    assert not httpx.get(url.partition("?")[0]).is_success


def test_a_presigned_url_names_the_host_that_users_reach(s3_store):
    public = open_store(f"{s3_store}&public_endpoint=https://files.example:8443")
    public.put("x", b"")
    assert public.presigned("x", 60, "image/png", "x.png").startswith("https://files.example:8443/bucket/")


def test_a_wrong_secret_is_refused(s3_server, tmp_path, bucket):
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    stranger = open_store(s3_server.partition("&secret_key_file")[0] + f"&secret_key_file={secret}")
    for act in (lambda: stranger.put("x", b""), lambda: stranger.get("x"), lambda: list(stranger.names())):
        with pytest.raises(StoreUnavailable, match="SignatureDoesNotMatch"):
            act()


def test_a_store_that_is_away_or_has_no_such_bucket_is_not_a_missing_file(s3_server):
    endpoint = f"http://127.0.0.1:{free_port()}"
    away = open_store(f"s3://bucket?endpoint={endpoint}&{s3_server.partition('&')[2]}")
    other = open_store(s3_server.replace("//bucket?", "//other?"))
    for put in (away.put, other.put):
        with pytest.raises(StoreUnavailable):
            put("x", b"")
    for ask in (away.get, other.get, away.delete_prefix, other.delete_prefix):
        with pytest.raises(StoreUnavailable):
            ask("x")


def test_a_store_that_was_away_is_found_again(s3_proxy):
    url, way = s3_proxy
    store = open_store(url)
    store.put("x", b"1")
    way.close()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.get("x")
    way.open()
    assert store.get("x") == b"1"


def test_more_files_than_a_page_holds(bucket):
    names = {f"jobs/1/{number:04d}" for number in range(1001)}
    for name in names:
        bucket.put(name, b"")
    assert {blob.name for blob in bucket.names("jobs")} == names
    bucket.delete_prefix("jobs/1")
    assert list(bucket.names()) == []


def test_two_installations_share_a_bucket(s3_server, bucket):
    bucket.put("x", b"ours")
    other = open_store(f"{s3_server}&prefix=another")
    with pytest.raises(NotFound):
        other.get("x")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("s3://", "should look like s3://bucket"),
        ("s3://bucket/folder", "should look like s3://bucket"),
        ("s3://key:secret@bucket", "should look like s3://bucket"),
        ("s3://bucket?endpiont=http://x", "there is no 'endpiont'"),
        ("s3://bucket?access_key_file=/x", "must be given together"),
        ("s3://bucket?access_key_file=/no/file&secret_key_file=/no/file", "/no/file cannot be read"),
        ("s3://bucket?endpoint=localhost", "Invalid endpoint"),
    ],
)
def test_a_bucket_nobody_understands(url, complaint):
    with pytest.raises(ValueError, match=complaint):
        open_store(url)
