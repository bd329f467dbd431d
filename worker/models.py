"""Models as they were loaded, kept for the next part; those of one's own are looked after while they change."""

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
Tell = Callable[[int, int, str], object]


class AnotherVersion(zoo.ZooError):
    """The job was made for other weights than are here now."""


class NotOffered(zoo.ZooError):
    """The job's model was removed, or cannot be loaded any more."""


class Models:
    """Loads each model once, and again where it has changed; those of one's own after they were tried in a process of their own."""

    def __init__(self, device: str, own: Path | None = None, limits: Limits | None = None) -> None:
        self.device, self._own = chosen(device), own
        self._approvals = None if own is None else Approvals(own, limits or Limits())
        self._loaded: dict[str, Bundle] = {}
        self._former: dict[tuple[str, str], Bundle] = {}  # that jobs may still be under way on
        self._seen: dict[str, object] = {}  # how each model of one's own was when it was loaded
        self._wrong: dict[str, str] = {}  # models that cannot be loaded, and why
        self._stamp: object = None
        self.batches: dict[str, Rung] = {}  # by SHA-256: what this device runs best, where it was measured
        self.forsaken: Collection[
            str
        ] = ()  # models that nobody offers and jobs wait for: they are claimed to fail
        self.latest: tuple[str, ...] = ()  # the model of the last part

    def load(self, name: str) -> Bundle:
        """A model by its name.

        Raises:
            ZooError: it is unknown or its weights are damaged.
        """
        if name not in self._loaded:
            self._loaded[name] = zoo.load(name, self.device, self._own)
        return self._loaded[name]

    def changed(self) -> bool:
        """Whether anything about models of one's own may have changed since ``renew``; costs two looks at the disk."""
        if self._own is None or self._approvals is None:
            return False
        return self._approvals.ended() or zoo.stamp(self._own) != self._stamp

    def renew(self, tell: Tell = lambda *_: None) -> Sequence[Bundle]:
        """Load what is new or has changed, and let go of what was removed. Gives all that there is then.

        A model that cannot be loaded hides no other. One that has changed is offered as it was until it was tried. While a new one
        is measured, ``tell`` hears of it.
        """
        former, self._stamp = self._stamp, None if self._own is None else zoo.stamp(self._own)
        if self._approvals is not None and self._stamp != former:
            self._approvals.try_downloads_again()
        try:
            names = zoo.names(self._own)
        except zoo.ZooError as error:  # half written, it may be: what was there stays
            log.error("models of one's own are as they were: %s", error)  # noqa: TRY400 - the message says it all
            self._wrong[FILE] = str(error)
            return [*self._loaded.values()] or [self.load(name) for name in zoo.names()]
        for name in [*self._loaded]:
            if name not in names:
                log.info("the model %s was removed", name)
                self._let_go(name)
        self._wrong = {name: why for name, why in self._wrong.items() if name in names}
        if self._approvals is not None:
            self._approvals.keep(names)
        return [bundle for name in names if (bundle := self._renewed(name, tell))]

    def _renewed(self, name: str, tell: Tell) -> Bundle | None:
        """A model as it is now; None: it cannot be had, or not yet."""
        try:
            return self._current(name, tell)
        except zoo.ZooError as error:
            self.refuse(name, str(error))
        except Exception as error:  # whatever a file may bring about is to end no worker
            log.exception("the model %s", name)
            self.refuse(name, f"{name} cannot be looked at: {type(error).__name__}: {error}")
        return None

    def _current(self, name: str, tell: Tell) -> Bundle | None:
        look = self._look(name)
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
            bundle = zoo.load(name, self.device, self._own, tell)
        return self._take(name, bundle)

    def _take(self, name: str, bundle: Bundle) -> Bundle:
        self._let_go(name)
        self._wrong.pop(name, None)
        self._former.pop((name, bundle.sha256), None)
        self._loaded[name], self._seen[name] = bundle, self._look(name)  # measuring it has changed it
        return bundle

    def refuse(self, name: str, why: str) -> None:
        """Offer a model no longer, for a reason that users are told."""
        log.error("the model %s is not offered: %s", name, why)
        self._let_go(name)
        self._wrong[name] = why

    @property
    def broken(self) -> dict[str, str]:
        """Models that cannot be offered, and why; files are named from the data folder on."""
        folder = "" if self._own is None else f"{self._own}/"
        return {name: why.replace(folder, "") if folder else why for name, why in self._wrong.items()}

    @property
    def pending(self) -> set[str]:
        """Models that are tried now, or wait for that."""
        return set() if self._approvals is None else set(self._approvals.pending)

    def close(self) -> None:
        """End what is tried."""
        if self._approvals is not None:
            self._approvals.close()

    def _look(self, name: str) -> object:
        return None if self._own is None or name in zoo.names() else zoo.stamp(self._own, name)

    def _let_go(self, name: str) -> None:
        """Jobs that are under way on it may end."""
        if bundle := self._loaded.pop(name, None):
            self._former[name, bundle.sha256] = bundle

    def keep(self, asked: Collection[tuple[str, str]]) -> None:
        """Forget models that were let go, but for those that jobs have not ended on, by name and SHA-256."""
        self._former = {key: bundle for key, bundle in self._former.items() if key in asked}

    @property
    def names(self) -> list[str]:
        """Those that are offered."""
        return sorted(self._loaded)

    @property
    def claimable(self) -> list[str]:
        """Those whose jobs are to be claimed: offered, let go but still at hand, or forsaken by everybody."""
        return sorted({*self._loaded, *(name for name, _ in self._former), *self.forsaken})

    def warm(self) -> None:
        """Have ready what the first job would wait for: the natural images, as far as they are not kept already."""
        for name, bundle in [*self._loaded.items()]:
            try:
                _ = bundle.reference and bundle.reference.codes
            except Exception as error:  # as above
                log.exception("natural images of %s", name)
                self.refuse(name, f"its natural images cannot be had: {type(error).__name__}: {error}")

    def exactly(self, name: str, sha256: str) -> Bundle:
        """A model with the weights that a job was made for.

        Raises:
            ZooError: it cannot be had, or has other weights by now.
        """
        self.latest = (name,)
        if former := self._former.get((name, sha256)):
            return former
        if name in self._wrong:
            raise NotOffered(f"the model {name} cannot be loaded any more: {self._wrong[name]}")
        try:
            bundle = self.load(name)
        except zoo.UnknownModel:
            raise NotOffered(f"the model {name} was removed: it is not in models.toml any more") from None
        if bundle.sha256 != sha256:
            raise AnotherVersion(
                f"the job was made for {name} with the weights {sha256}, here are {bundle.sha256}; make it again"
            )
        return bundle


def chosen(device: str) -> str:
    """The device meant by a setting; "auto" takes a GPU where there is one."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
