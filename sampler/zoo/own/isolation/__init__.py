"""Models of strangers are loaded and run in a child process first: a file that crashes PyTorch, or asks for too much, ends that alone."""

from pathlib import Path

from inverset.sampler.zoo.own.entry import Entry
from inverset.sampler.zoo.own.isolation.attempts import attempt, forget
from inverset.sampler.zoo.own.isolation.child_process import Check
from inverset.sampler.zoo.own.isolation.limits import Limits
from inverset.sampler.zoo.own.isolation.verdicts import Verdict, key, known, remember

__all__ = ["Check", "Limits", "Verdict", "approve", "attempt", "forget", "key", "known", "remember"]


def approve(entry: Entry, folder: Path, limits: Limits | None = None) -> Verdict:
    """Have a model loaded and run in a child process, unless just this one was before, and wait for what comes of it.

    Args:
        entry: as ``models.toml`` has it, or is to have it.
        folder: that relative files are meant from; what was found good is noted in its ``models/checks``.
        limits: of the child process.

    Raises:
        ZooError: it cannot be loaded or run, crashes, or takes more than the limits.
    """
    of = key(entry, folder)
    if found := known(folder, entry.name, of):
        return found
    with Check(entry, folder, limits or Limits()) as check:
        found = check.wait()
    if found.error is not None:
        raise type(found.error)(f"{entry.name}: {found.error}")
    remember(folder, entry.name, of, found)
    return found
