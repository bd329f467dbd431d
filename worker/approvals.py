"""Tests custom models in child processes, one at a time, while this worker continues with the others."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from inverset.config.settings import Settings
from inverset.sampler.zoo import NoDownload, own
from inverset.sampler.zoo.own import isolation
from inverset.sampler.zoo.own.isolation import Check, Limits, Verdict

log = logging.getLogger(__name__)


class _Running(NamedTuple):
    name: str
    key: str
    check: Check


class Approvals:
    """The verdicts of child processes on the models of a folder, polled and never waited for."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        # Name -> the key of what the model was made of, and the verdict on it.
        self._verdicts: dict[str, tuple[str, Verdict]] = {}
        self._keys: dict[str, tuple[object, str]] = {}  # name -> its file stamp, and the key of its content
        self._running: _Running | None = None
        self.pending: set[str] = set()  # models that are being tested, or wait for a test

    def verdict(self, name: str, look: object) -> Verdict | None:
        """The verdict on a model; None: it is unknown, and the model will be tested.

        Args:
            name: of the model.
            look: the file stamp; while it is the same, files are not read again.

        Raises:
            ZooError: its entry is invalid, or a file cannot be read.
        """
        entry, key = own.entry(self._folder, name), self.key(name, look)
        self.pending.discard(name)
        if good := isolation.known(self._folder, name, key):
            return good
        known, verdict = self._verdicts.get(name, ("", None))
        if verdict is not None and known == key:
            return verdict
        self._stop_other(name, key)
        self.pending.add(name)
        if self._running is None:
            log.info("the model %s is tested in a separate process", name)
            self._running = _Running(name, key, Check(entry, self._folder, self._limits))
        return None

    def key(self, name: str, look: object) -> str:
        """The hash of a model's content. Raises ZooError as ``verdict``."""
        if name not in self._keys or self._keys[name][0] != look:
            self._keys[name] = look, isolation.key(own.entry(self._folder, name), self._folder)
        return self._keys[name][1]

    def ended(self) -> bool:
        """Whether a test has ended since the last call."""
        if self._running is None or (verdict := self._running.check.poll()) is None:
            return False
        name, key, check = self._running
        self._running = None
        check.close()
        self._verdicts[name] = key, verdict
        if verdict.error is None:
            isolation.remember(self._folder, name, key, verdict)
        return True

    def keep(self, names: Collection[str]) -> None:
        """Forget all models but these."""
        self.pending &= set(names)
        self._verdicts = {name: verdict for name, verdict in self._verdicts.items() if name in names}
        if self._running is not None and self._running.name not in names:
            self.close()

    def try_downloads_again(self) -> None:
        """Forget failed downloads, which may succeed by now."""
        passing = [
            name for name, (_, verdict) in self._verdicts.items() if isinstance(verdict.error, NoDownload)
        ]
        for name in passing:
            del self._verdicts[name]

    def close(self) -> None:
        """End the running child process."""
        if self._running is not None:
            self._running.check.close()
            self._running = None

    def _stop_other(self, name: str, key: str) -> None:
        """End the test of an older version of the model."""
        if self._running is not None and self._running.name == name and self._running.key != key:
            self.close()


def limits(settings: Settings) -> Limits:
    """The limits of a child process that tests a model."""
    seconds = settings.model_check_seconds
    return Limits(seconds, 2 * seconds, settings.model_check_bytes)
