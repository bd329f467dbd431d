"""Somebody who is told: an HTTP server that keeps what it was sent, and answers as a test recipe."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Told(NamedTuple):
    path: str
    headers: dict[str, str]
    content: bytes


class Receiver:
    """Where it listens, what it was sent, and the answer it gives: status, headers, seconds of silence before."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.status, self.headers, self.silence = 204, {}, 0.0
        self.port = 0

    def url(self, host="127.0.0.1"):
        return f"http://{host}:{self.port}/told"


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.told.append(Told(self.path, headers, content))
            time.sleep(receiver.silence)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self):
            self.do_POST()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
