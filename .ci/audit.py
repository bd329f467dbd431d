"""Asks OSV whether a locked dependency is known to be vulnerable: exit code 1 where one is.

Where OSV cannot be reached, that is said. It is no failure for a person, as a check must work in a train; on CI (where the
variable CI is set) it is one, unless INVERSET_UNAUDITED=allowed. A lock file that was found clean is not asked about again
on the same day.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
OSV = "https://api.osv.dev/v1/query"


def main() -> int:
    """Audit; quick where that was done today."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", nargs="?", type=Path, default=LOCK)
    parser.add_argument("--osv-url", default=OSV)
    asked = parser.parse_args()
    stamp = stamp_of(asked.lock)
    if stamp.exists():
        return 0
    found = audit(asked.lock, asked.osv_url)
    if found is None:
        print(f"!!! NOT AUDITED: {asked.osv_url} cannot be asked about vulnerable dependencies", flush=True)
        return fails_unaudited(os.environ)
    for name, weakness in found:
        print(f"{name}: {weakness['id']}, mended in {', '.join(weakness['fix_versions']) or 'no version'}")
    if not found:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    return bool(found)


def fails_unaudited(environment: Mapping[str, str]) -> bool:
    """Whether it is a failure that nobody could be asked."""
    if not environment.get("CI") or environment.get("INVERSET_UNAUDITED") == "allowed":
        return False
    print("this fails on CI; INVERSET_UNAUDITED=allowed lets it pass", flush=True)
    return True


def stamp_of(lock: Path) -> Path:
    """The file that tells that this lock file was found clean today."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inverset"
    today = dt.datetime.now(dt.UTC).date()
    return cache / f"audited-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}-{today}"


def audit(lock: Path, url: str) -> list[tuple[str, dict[str, list[str]]]] | None:
    """What is known to be vulnerable, with what; None: nobody could be asked."""
    said = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip", "--format", "json",
         "--vulnerability-service", "osv", "--osv-url", url, "--timeout", "10", "--progress-spinner", "off"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        asked = json.loads(said.stdout)["dependencies"]
    except ValueError:
        print(said.stderr.strip().rpartition("\n")[2])
        return None
    return [(f"{each['name']} {each['version']}", weak) for each in asked for weak in each.get("vulns", ())]


if __name__ == "__main__":
    sys.exit(main())
