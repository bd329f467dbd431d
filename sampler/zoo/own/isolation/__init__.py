"""Loads and runs untrusted models in a child process first: a file that crashes PyTorch or needs too much ends that process only."""

from pathlib import Path

from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.isolation.attempts import attempt, forget
from inverset.sampler.zoo.own.isolation.child_process import Check
from inverset.sampler.zoo.own.isolation.limits import Limits
from inverset.sampler.zoo.own.isolation.verdicts import Verdict, key, known, remember

__all__ = ["Check", "Limits", "Verdict", "approve", "attempt", "forget", "key", "known", "remember"]


def approve(entry: Entry, folder: Path, limits: Limits | None = None) -> Verdict:
    """Test a model in a child process and wait for the verdict; a model that was approved unchanged is not tested again.

    Args:
        entry: as ``models.toml`` has it, or is to have it.
        folder: that relative paths start from; approvals are stored in its ``models/checks``.
        limits: of the child process.

    Raises:
        ZooError: it cannot be loaded or run, crashes, or takes more than the limits.
    """
    content_key = key(entry, folder)
    if verdict := known(folder, entry.name, content_key):
        return verdict
    with Check(entry, folder, limits or Limits()) as check:
        verdict = check.wait()
    if verdict.error is not None:
        raise type(verdict.error)(f"{entry.name}: {verdict.error}")
    remember(folder, entry.name, content_key, verdict)
    return verdict
