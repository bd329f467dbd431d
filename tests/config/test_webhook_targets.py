"""Only what is public, or allowed, may be sent to."""

import pytest
from pydantic import ValidationError

from inverset.config.settings import Settings
from inverset.config.webhook_targets import Allowed, addresses, check, is_public
from inverset.contract.errors import InvalidSpec
from inverset.contract.spec import plain

NOBODY = Allowed.of("")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.1.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_what_is_of_the_house(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://2130706433/", "http://0x7f.1/", "http://127.1/",
        "http://017700000001/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/",
    ],
)  # fmt: skip
def test_a_house_s_address_in_any_dress(url):
    with pytest.raises(InvalidSpec, match="has no public address; an admin can allow others"):
        addresses(plain(url), NOBODY)
    with pytest.raises(InvalidSpec, match="is not a public address; an admin can allow it") as caught:
        check(plain(url), NOBODY)
    assert caught.value.errors[0].loc == ["webhook"]


def test_allowed_by_network_or_name():
    assert addresses("http://127.0.0.1:8000/", Allowed.of("10.0.0.0/8, 127.0.0.0/8")) == ["127.0.0.1"]
    assert addresses("http://[::1]:8000/", Allowed.of("::1")) == ["::1"]
    assert "127.0.0.1" in addresses("http://localhost/", Allowed.of("LocalHost"))
    with pytest.raises(InvalidSpec):
        addresses("http://localhost/", Allowed.of("10.0.0.0/8, local, ocalhost"))


def test_a_name_of_the_house_and_an_unknown_one_are_refused_in_the_same_words():
    messages = []
    for host in ("localhost", "nowhere.invalid"):
        with pytest.raises(InvalidSpec) as refused:
            addresses(f"https://{host}/", NOBODY)
        messages.append(str(refused.value).replace(host, "HOST"))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    "url", ["https://nowhere.invalid/", "http://redis:6379/", "https://lab.example/told"]
)
def test_a_name_is_not_looked_up_before_a_message_is_sent(url):
    check(plain(url), NOBODY)


@pytest.mark.parametrize("url", ["http://localhost/", "http://a.localhost/", "http://localhost./"])
def test_names_of_this_machine_need_no_look_up(url):
    with pytest.raises(InvalidSpec):
        check(plain(url), NOBODY)
    check(plain(url), Allowed.of("127.0.0.0/8, ::1"))


def test_checked_by_network_or_name():
    check("http://127.0.0.1:8000/", Allowed.of("127.0.0.0/8"))
    check("http://localhost/", Allowed.of("localhost"))


def test_a_public_address_by_number():
    assert addresses("https://1.1.1.1/told", NOBODY) == ["1.1.1.1"]


def test_a_list_that_cannot_be_read_stops_the_start():
    with pytest.raises(ValidationError, match=r"10\.0\.0/8"):
        Settings(webhook_allow="10.0.0/8")
