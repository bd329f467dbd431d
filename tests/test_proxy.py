"""The proxy delays requests, not pieces of them."""

import socket
import threading

from tests import proxy as proxies


def test_a_request_waits_once_however_large_it_is(monkeypatch):
    waited, size = [], 4 << 20
    monkeypatch.setattr(proxies.time, "sleep", waited.append)

    def serve(listening):
        connection, _ = listening.accept()
        with connection:
            for _ in range(2):
                left = size
                while left:
                    left -= len(connection.recv(left))
                connection.sendall(b"!")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        with proxies.proxy(*listening.getsockname()) as way:
            way.delay = 0.05
            with socket.create_connection(("127.0.0.1", way.port), timeout=10) as client:
                for number in (1, 2):
                    client.sendall(bytes(size))
                    assert client.recv(1) == b"!"
                    assert waited == [0.05] * number
