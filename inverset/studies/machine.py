"""The machine that a study ran on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def described(device: str) -> str:
    """The machine in one line, with its load during the last minute."""
    software = f"Python {platform.python_version()}, torch {version('torch')}"
    return (
        f"{processor()}, {os.cpu_count()} cores, device {device}; {software}; load {os.getloadavg()[0]:.1f}"
    )


def processor() -> str:
    """The processor's name, as far as the system knows it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line), "")
