"""Checks the targets of webhooks (SSRF guard): not this machine or its network, unless a setting allows it."""

import ipaddress
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from inverset.contract.errors import Complaint, InvalidSpec

PORTS = {"http": 80, "https": 443}
LOOPBACK = ("127.0.0.1", "::1")
_NAT64 = IPv6Network("64:ff9b::/96")


class Allowed(NamedTuple):
    """Hosts and networks that are allowed although they are not public."""

    hosts: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The hosts and networks in a list such as ``lab-chat.local, 10.1.0.0/16``.

        Raises:
            ValueError: something with a slash is no network.
        """
        hosts, networks = set[str](), []
        for name in filter(None, (each.strip() for each in text.split(","))):
            try:
                networks.append(ipaddress.ip_network(name))
            except ValueError:
                if "/" in name:
                    raise
                hosts.add(name.lower())
        return cls(frozenset(hosts), tuple(networks))

    def has(self, host: str, address: str) -> bool:
        """Whether an address, resolved from a host's name, is allowed."""
        if host in self.hosts:
            return True
        bare = _bare(address)
        return is_public(address) or any(bare in network for network in self.networks)


def listed(text: str) -> str:
    """The list unchanged, if ``Allowed`` can read it. Raises ValueError as it does."""
    Allowed.of(text)
    return text


def check(url: str, allowed: Allowed) -> None:
    """Check whether an address may be sent to, as far as that shows without a name server.

    A name is not looked up: a request would wait for the name server, delay others, and could find out which
    names there are in this network. ``addresses`` looks when a message is sent.

    Raises:
        InvalidSpec: it is a number, or a name of this machine, that may not be sent to.
    """
    host = urlsplit(url).hostname or ""
    if not all(allowed.has(host, address) for address in _known(host)):
        raise _refused(
            f"{host} is not a public address; an admin can allow it by the setting INVERSET_WEBHOOK_ALLOW"
        )


def addresses(url: str, allowed: Allowed) -> Sequence[str]:
    """What the host of a URL is called by number just now. Only these may be connected to: a name may mean
    something else the next time it is asked for.

    Raises:
        InvalidSpec: one of its addresses may not be sent to, or there is none; the message does not say which of the two.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    resolved = _resolve(host, parts.port or PORTS[parts.scheme])
    if not resolved or not all(allowed.has(host, address) for address in resolved):
        raise _refused(
            f"{host} has no public address; an admin can allow others by the setting INVERSET_WEBHOOK_ALLOW"
        )
    return resolved


def is_public(address: str) -> bool:
    """Whether an address is in the public Internet."""
    bare = _bare(address)
    site_local = isinstance(bare, IPv6Address) and bare.is_site_local
    return bare.is_global and not (bare.is_multicast or bare.is_reserved or site_local)


def _bare(address: str) -> IPv4Address | IPv6Address:
    """The address itself: without a zone, and as IPv4 if it is one wrapped into IPv6."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _known(host: str) -> Sequence[str]:
    """The addresses of a host that are known without a name server: numbers in any notation, and this machine's own names."""
    if host == "localhost" or host.endswith((".localhost", "localhost.")):
        return LOOPBACK
    return _resolve(host, 0, socket.AI_NUMERICHOST)


def _resolve(host: str, port: int, flags: int = 0) -> Sequence[str]:
    """The addresses of a host; empty if it is unknown."""
    try:
        infos = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in infos))


def _refused(message: str) -> InvalidSpec:
    return InvalidSpec([Complaint(loc=["webhook"], msg=message)])
