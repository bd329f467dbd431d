"""A way to a server that can be made slow, or closed."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator


class Proxy:
    """Passes on what comes to its port; ``delay`` seconds before a client's first bytes after each answer, none while ``closed``.

    So a request waits once, however large it is, and a PUT that asks for ``100-continue`` waits twice, as far away.
    """

    def __init__(self, host: str, port: int) -> None:
        self.delay, self.closed = 0.0, False
        self._target = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def close(self) -> None:
        """Break every connection, and take no other until ``open``."""
        self.closed = True
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self.closed = False

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:  # the end
                return
            if self.closed:
                client.close()
            else:
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def end(self) -> None:
        self.close()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            self._open |= {client, server}
            answered = threading.Event()
            answered.set()

            def wait() -> None:
                if answered.is_set():
                    answered.clear()
                    time.sleep(self.delay)

            back = threading.Thread(target=_pump, args=(server, client, answered.set), daemon=True)
            back.start()
            _pump(client, server, wait)
            back.join()
            self._open -= {client, server}


def _pump(source: socket.socket, sink: socket.socket, before: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(1 << 18):
            before()
            sink.sendall(content)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """A proxy to a server, until the end of the block."""
    made = Proxy(host, port)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.end()
        thread.join()
