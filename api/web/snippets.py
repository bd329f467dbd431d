"""A job as code, for a shell and for Python."""

import json
import shlex
from collections.abc import Mapping
from typing import Any


def curl(url: str, body: Mapping[str, Any], *, keyed: bool) -> str:
    """A curl command for a POSIX shell."""
    key = ' -H "Authorization: Bearer $INVERSET_KEY"' if keyed else ""
    return (
        f"curl -s {shlex.quote(f'{url}/v1/jobs')} -H 'Content-Type: application/json'{key} \\\n"
        f"  -d {shlex.quote(json.dumps(body))}"
    )


def python(url: str, body: Mapping[str, Any], *, keyed: bool) -> str:
    """A Python program."""
    key = ', os.environ["INVERSET_KEY"]' if keyed else ""
    fields = "".join(f"    {name!r}: {value!r},\n" for name, value in body.items())
    return (
        f"{'import os' + chr(10) * 2 if keyed else ''}from inverset import Client\n\n"
        f"request = {{\n{fields}}}\n"
        f"with Client({url!r}{key}) as client:\n"
        "    job = client.submit(request)\n"
        '    client.wait(job["id"])\n'
        '    client.download(job["id"], "gallery")\n'
    )
