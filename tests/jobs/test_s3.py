"""What only a bucket can do, and how it may fail."""

import httpx
import pytest

from jobs.blobs import BlobStore, StoreUnavailable, open_store
from jobs.lifecycle import NotFound
from tests.services import free_port


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
        ("s3://bucket?access_key_file=/x", "go together"),
        ("s3://bucket?access_key_file=/no/file&secret_key_file=/no/file", "/no/file cannot be read"),
        ("s3://bucket?endpoint=localhost", "Invalid endpoint"),
    ],
)
def test_a_bucket_nobody_understands(url, complaint):
    with pytest.raises(ValueError, match=complaint):
        open_store(url)
