"""The version of this installation, with the commit that it was made of, where that is known."""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

COMMIT = "INVERSET_COMMIT"  # set in images, which hold no repository


def described() -> str:
    """``0.1.0 (3f2c1ab)``; without a commit where neither an image nor a checkout tells it."""
    commit = _short(os.environ.get(COMMIT, "")) or _of_checkout()
    return version("inverset") + (f" ({commit})" if commit else "")


def _short(commit: str) -> str:
    """Its first 12 digits, with the ``+`` of changed files."""
    return commit[:12] + "+" * commit.endswith("+")


def _of_checkout() -> str:
    """The commit of the checkout that this file lies in, with a ``+`` where it was changed; empty: it lies in none."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
