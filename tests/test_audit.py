"""The audit of dependencies, with the real program and a database of our own."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

AUDIT = Path(__file__).parent.parent / ".ci" / "audit.py"
LOCK = f"six==1.17.0 \\\n    --hash=sha256:{'0' * 64}\n"
WEAK = {
    "id": "TEST-1",
    "summary": "It is weak.",
    "affected": [
        {
            "package": {"name": "six", "ecosystem": "PyPI"},
            "versions": ["1.17.0"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.18.0"}]}],
        }
    ],
}


@pytest.fixture
def osv():
    """A database of weaknesses: what it knows may be set; it counts questions."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.server.asked += 1
            content = json.dumps(self.server.knows).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        server.knows, server.asked = {}, 0
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def audit(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)

    def audit(port, **settings):
        command = [sys.executable, AUDIT, lock, "--osv-url", f"http://127.0.0.1:{port}/v1/query"]
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "NO_PROXY": "127.0.0.1"}
        environment = {
            name: environment[name] for name in environment if name not in ("CI", "INVERSET_UNAUDITED")
        }
        environment |= settings
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return audit


def test_a_weak_dependency_is_told_each_time(audit, osv):
    osv.knows = {"vulns": [WEAK]}
    for _ in range(2):
        result = audit(osv.server_port)
        assert (result.returncode, result.stdout) == (1, "six 1.17.0: TEST-1, mended in 1.18.0\n")


def test_a_clean_lock_file_is_asked_about_once(audit, osv):
    for _ in range(2):
        result = audit(osv.server_port)
        assert (result.returncode, result.stdout) == (0, "")
    assert osv.asked == 1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, 0),
        ({"CI": "true"}, 1),
        ({"CI": "1", "INVERSET_UNAUDITED": "allowed"}, 0),
        ({"CI": "1", "INVERSET_UNAUDITED": ""}, 1),
    ],
)
def test_without_a_network_that_is_said_and_fails_on_ci(audit, settings, code):
    result = audit(9, **settings)
    assert result.returncode == code
    assert "NOT AUDITED" in result.stdout
    assert ("INVERSET_UNAUDITED=allowed" in result.stdout) == bool(code)


def test_our_own_ci_lets_it_pass_by_name():
    run = (AUDIT.parent / "run").read_text()
    assert 'CI=true INVERSET_UNAUDITED="${INVERSET_UNAUDITED-allowed}" make check' in run
