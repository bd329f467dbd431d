"""Serves the application: uvicorn on a socket that is opened and checked first."""

import errno
import gc
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from inverset.api.app import build_routes, create_app
from inverset.api.deps import Services
from inverset.config import logs
from inverset.config.settings import Settings

GRACE_SECONDS = 3  # for requests under way when the server stops


class CannotServe(Exception):
    """The server does not start; the message says why and what to do."""


def serve(settings: Settings, host: str, port: int, *, log_level: str = "info") -> None:
    """Answer requests until SIGINT or SIGTERM. The database must have its tables.

    Raises:
        CannotServe: the port is in use, the host is none of ours, no key would be needed from other machines, or a setting is wrong.
        KeyboardInterrupt: it was ended by SIGINT.
    """
    logs.set_up(settings)
    with listen(settings, host, port) as listening:
        run(settings, listening, log_level=log_level)


def listen(settings: Settings, host: str, port: int) -> socket.socket:
    """Open the socket; port 0 takes any free one. Raises CannotServe as ``serve`` does."""
    family, address = _resolve(host, port)
    _check_exposure(settings, host, address[0])
    try:
        listening = socket.create_server(address, family=family, backlog=2048)
    except OSError as error:
        used = error.errno == errno.EADDRINUSE
        reason = "is in use; choose another one" if used else f"cannot be opened: {error.strerror}"
        raise CannotServe(f"port {port} of {host} {reason}") from None
    # Connections inherit it. Else an answer's body waits 40 ms for the acknowledgment of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def url(listening: socket.socket) -> str:
    """The URL of a socket, such as ``http://127.0.0.1:8000``."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(settings: Settings, listening: socket.socket, *, log_level: str = "info") -> None:
    """Answer requests on an open socket until SIGINT or SIGTERM. Raises KeyboardInterrupt as ``serve`` does."""
    _Server(settings, log_level).run(sockets=[listening])


@contextmanager
def running(
    settings: Settings, listening: socket.socket, *, log_level: str = "warning", routes: bool = True
) -> Iterator[Callable[[], bool]]:
    """Serve in a thread for the length of the block, for a caller that handles signals itself.

    ``routes``: build all of them before the first request, see ``inverset.api.app.build_routes``.

    Gives a function that says whether the thread is alive.
    """
    server = _Server(settings, log_level, routes=routes)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="api", daemon=True)
    thread.start()
    try:
        yield thread.is_alive
    finally:
        server.end()
        thread.join(GRACE_SECONDS + 2)


class _Server(uvicorn.Server):
    """A server that ends all waiting requests once it is told to stop."""

    def __init__(self, settings: Settings, log_level: str, *, routes: bool = True) -> None:
        try:
            app = create_app(settings)
        except ValueError as error:
            raise CannotServe(str(error)) from None
        if routes:
            build_routes(app)
        self.services: Services = app.state.services
        # What stands now stands to the end; looking through it at each collection stalls a long answer.
        gc.collect()
        gc.freeze()
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # the application has them: api.places
                log_level=log_level,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    def end(self) -> None:
        self.services.ending.set()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.services.ending.set()
        super().handle_exit(sig, frame)


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    nowhere = CannotServe(f"{host}:{port} is not an address to listen on")
    if not 0 <= port < 1 << 16:
        raise nowhere
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise nowhere from None
    # `localhost` may be both; clients try IPv4.
    family, *_, address = min(addresses, key=lambda each: each[0] != socket.AF_INET)
    return family, (str(address[0]), int(address[1]))


def _check_exposure(settings: Settings, host: str, address: str) -> None:
    if settings.auth == "required":
        return
    if not ipaddress.ip_address(address.split("%", maxsplit=1)[0]).is_loopback:
        raise CannotServe(
            f"{host} can be reached from other machines, and INVERSET_AUTH=off makes every visitor an admin; "
            "listen on 127.0.0.1, or set INVERSET_AUTH=required and make keys: inverset keys create USER"
        )
