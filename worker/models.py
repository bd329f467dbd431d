"""The cache of loaded models for the next part; custom models are reloaded when they change."""

import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import torch

from inverset.sampler import zoo
from inverset.sampler.batch_size import Rung
from inverset.sampler.bundle import Bundle
from inverset.sampler.zoo.own import FILE, isolation
from inverset.sampler.zoo.own.isolation import Limits
from inverset.worker.approvals import Approvals

log = logging.getLogger(__name__)
OnProgress = Callable[[int, int, str], object]


class AnotherVersion(zoo.ZooError):
    """Raised where the job was made for other weights than the current ones."""


class NotOffered(zoo.ZooError):
    """Raised where the job's model was removed, or can no longer be loaded."""


class Models:
    """Loads each model once, and again when it changes; custom models after a test in a child process."""

    def __init__(self, device: str, own: Path | None = None, limits: Limits | None = None) -> None:
        self.device, self._own = chosen(device), own
        self._approvals = None if own is None else Approvals(own, limits or Limits())
        self._loaded: dict[str, Bundle] = {}
        self._former: dict[tuple[str, str], Bundle] = {}  # that jobs may still be under way on
        self._seen: dict[str, object] = {}  # the file stamp of each custom model when it was loaded
        self._errors: dict[str, str] = {}  # models that cannot be loaded, and why
        self._stamp: object = None
        self.batches: dict[str, Rung] = {}  # by SHA-256: what this device runs best, where it was measured
        # Models that no worker offers and jobs wait for: the jobs are claimed to fail.
        self.forsaken: Collection[str] = ()
        self.latest: tuple[str, ...] = ()  # the model of the last part

    def load(self, name: str) -> Bundle:
        """The model with this name.

        Raises:
            ZooError: it is unknown or its weights are damaged.
        """
        if name not in self._loaded:
            self._loaded[name] = zoo.load(name, self.device, self._own)
        return self._loaded[name]

    def changed(self) -> bool:
        """Whether a custom model may have changed since ``renew``; costs two file stamps."""
        if self._own is None or self._approvals is None:
            return False
        return self._approvals.ended() or zoo.stamp(self._own) != self._stamp

    def renew(self, on_progress: OnProgress = lambda *_: None) -> Sequence[Bundle]:
        """Load new and changed models, and drop removed ones. Returns all current models.

        A model that cannot be loaded hides no other. One that has changed is offered as it was until it was tried. While a new one
        is measured, ``on_progress`` hears of it.
        """
        former, self._stamp = self._stamp, None if self._own is None else zoo.stamp(self._own)
        if self._approvals is not None and self._stamp != former:
            self._approvals.try_downloads_again()
        try:
            names = zoo.names(self._own)
        except zoo.ZooError as error:  # the file may be half written: the current models stay
            log.error("models.toml could not be read, models stay as they were: %s", error)  # noqa: TRY400 - the message says it all
            self._errors[FILE] = str(error)
            return [*self._loaded.values()] or [self.load(name) for name in zoo.names()]
        for name in [*self._loaded]:
            if name not in names:
                log.info("the model %s was removed", name)
                self._drop(name)
        self._errors = {name: why for name, why in self._errors.items() if name in names}
        if self._approvals is not None:
            self._approvals.keep(names)
        return [bundle for name in names if (bundle := self._renewed(name, on_progress))]

    def _renewed(self, name: str, on_progress: OnProgress) -> Bundle | None:
        """The current version of a model; None: it cannot be loaded, or not yet."""
        try:
            return self._current(name, on_progress)
        except zoo.ZooError as error:
            self.refuse(name, str(error))
        except Exception as error:  # whatever a file may bring about is to end no worker
            log.exception("the model %s", name)
            self.refuse(name, f"{name} cannot be looked at: {type(error).__name__}: {error}")
        return None

    def _current(self, name: str, on_progress: OnProgress) -> Bundle | None:
        look = self._file_stamp(name)
        if name in self._loaded and self._seen.get(name) == look:
            return self._loaded[name]
        if self._own is None or self._approvals is None or name in zoo.names():
            return self._take(name, zoo.load(name, self.device))
        verdict = self._approvals.verdict(name, look)
        if verdict is None:
            return self._loaded.get(name)
        if verdict.error is not None:
            raise verdict.error
        with isolation.attempt(self._own, name, self._approvals.key(name, look)):
            bundle = zoo.load(name, self.device, self._own, on_progress)
        return self._take(name, bundle)

    def _take(self, name: str, bundle: Bundle) -> Bundle:
        self._drop(name)
        self._errors.pop(name, None)
        self._former.pop((name, bundle.sha256), None)
        self._loaded[name], self._seen[name] = bundle, self._file_stamp(name)  # measuring it has changed it
        return bundle

    def refuse(self, name: str, why: str) -> None:
        """Stop offering a model, for a reason that users see."""
        log.error("the model %s is not offered: %s", name, why)
        self._drop(name)
        self._errors[name] = why

    @property
    def broken(self) -> dict[str, str]:
        """The models that cannot be offered, with reasons; file names are relative to the data folder."""
        folder = "" if self._own is None else f"{self._own}/"
        return {name: why.replace(folder, "") if folder else why for name, why in self._errors.items()}

    @property
    def pending(self) -> set[str]:
        """The models that are being tested or wait for a test."""
        return set() if self._approvals is None else set(self._approvals.pending)

    def close(self) -> None:
        """End the running test."""
        if self._approvals is not None:
            self._approvals.close()

    def _file_stamp(self, name: str) -> object:
        return None if self._own is None or name in zoo.names() else zoo.stamp(self._own, name)

    def _drop(self, name: str) -> None:
        """Stop offering a model; jobs that run on it may finish."""
        if bundle := self._loaded.pop(name, None):
            self._former[name, bundle.sha256] = bundle

    def keep(self, needed: Collection[tuple[str, str]]) -> None:
        """Forget dropped models, except those with unfinished jobs, by name and SHA-256."""
        self._former = {key: bundle for key, bundle in self._former.items() if key in needed}

    @property
    def names(self) -> list[str]:
        """The names of the offered models."""
        return sorted(self._loaded)

    @property
    def claimable(self) -> list[str]:
        """The models whose jobs may be claimed: offered, dropped but still loaded, or offered by no worker."""
        return sorted({*self._loaded, *(name for name, _ in self._former), *self.forsaken})

    def warm(self) -> None:
        """Prepare what the first job would wait for: the natural images, unless they are stored already."""
        for name, bundle in [*self._loaded.items()]:
            try:
                _ = bundle.reference and bundle.reference.codes
            except Exception as error:  # as above
                log.exception("natural images of %s", name)
                self.refuse(name, f"its natural images cannot be had: {type(error).__name__}: {error}")

    def exactly(self, name: str, sha256: str) -> Bundle:
        """The model with the weights that a job was made for.

        Raises:
            ZooError: it cannot be had, or has other weights by now.
        """
        self.latest = (name,)
        if former := self._former.get((name, sha256)):
            return former
        if name in self._errors:
            raise NotOffered(f"the model {name} cannot be loaded any more: {self._errors[name]}")
        try:
            bundle = self.load(name)
        except zoo.UnknownModel:
            raise NotOffered(f"the model {name} was removed: it is no longer in models.toml") from None
        if bundle.sha256 != sha256:
            raise AnotherVersion(
                f"the job was made for {name} with the weights {sha256}, but this worker has {bundle.sha256}; make the job again"
            )
        return bundle


def chosen(device: str) -> str:
    """The device that a setting names; "auto" is a GPU if there is one."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
