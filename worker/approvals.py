"""Models of one's own are tried in child processes, one at a time, while this worker goes on with the others."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from inverset.jobs.settings import Settings
from inverset.sampler.zoo import NoDownload, own
from inverset.sampler.zoo.own import isolation
from inverset.sampler.zoo.own.isolation import Check, Limits, Verdict

log = logging.getLogger(__name__)


class _Running(NamedTuple):
    name: str
    key: str
    check: Check


class Approvals:
    """What child processes found of the models of a folder; it is asked again and again, and never waits."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._found: dict[
            str, tuple[str, Verdict]
        ] = {}  # name -> what the model was made of, and what was found
        self._keys: dict[str, tuple[object, str]] = {}  # name -> a look at the disk, and what it is made of
        self._running: _Running | None = None
        self.pending: set[str] = set()  # models that are tried, or wait for that

    def verdict(self, name: str, look: object) -> Verdict | None:
        """What was found of a model; None: it is not known yet, and will be tried.

        Args:
            name: of the model.
            look: at the disk; while it is the same, files are not read again.

        Raises:
            ZooError: its entry makes no sense, or a file cannot be read.
        """
        entry, key = own.entry(self._folder, name), self.key(name, look)
        self.pending.discard(name)
        if good := isolation.known(self._folder, name, key):
            return good
        known, found = self._found.get(name, ("", None))
        if found is not None and known == key:
            return found
        self._stop_other(name, key)
        self.pending.add(name)
        if self._running is None:
            log.info("the model %s is tried in a process of its own", name)
            self._running = _Running(name, key, Check(entry, self._folder, self._limits))
        return None

    def key(self, name: str, look: object) -> str:
        """What a model is made of. Raises ZooError as ``verdict``."""
        if name not in self._keys or self._keys[name][0] != look:
            self._keys[name] = look, isolation.key(own.entry(self._folder, name), self._folder)
        return self._keys[name][1]

    def ended(self) -> bool:
        """Whether a model was tried to the end since this was last asked."""
        if self._running is None or (found := self._running.check.poll()) is None:
            return False
        name, key, check = self._running
        self._running = None
        check.close()
        self._found[name] = key, found
        if found.error is None:
            isolation.remember(self._folder, name, key, found)
        return True

    def keep(self, names: Collection[str]) -> None:
        """Forget all other models."""
        self.pending &= set(names)
        self._found = {name: found for name, found in self._found.items() if name in names}
        if self._running is not None and self._running.name not in names:
            self.close()

    def try_downloads_again(self) -> None:
        """What could not be fetched may be there by now."""
        passing = [name for name, (_, each) in self._found.items() if isinstance(each.error, NoDownload)]
        for name in passing:
            del self._found[name]

    def close(self) -> None:
        """End the child process."""
        if self._running is not None:
            self._running.check.close()
            self._running = None

    def _stop_other(self, name: str, key: str) -> None:
        """A model that has changed need not be tried as it was."""
        if self._running is not None and self._running.name == name and self._running.key != key:
            self.close()


def limits(settings: Settings) -> Limits:
    """Of a child process that tries a model."""
    seconds = settings.model_check_seconds
    return Limits(seconds, 2 * seconds, settings.model_check_bytes)
