"""Finds a device that hangs: a step of the sampler that does not end."""

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import torch

from inverset.config.settings import Settings

SLICES = 1.5  # that a step may take on an accelerator
_LOOKS = 10  # within the time that a step may take
FIRST = 10  # times as long for the first step, which may train a surrogate or look for a batch size

T = TypeVar("T")


def longest_step(settings: Settings, device: str) -> float | None:
    """Seconds after which a step counts as hung; None: never, as on a CPU, which is slow but does not hang."""
    if settings.step_seconds is not None:
        return settings.step_seconds
    return None if torch.device(device).type == "cpu" else SLICES * settings.slice_seconds


class Watchdog:
    """A thread that runs for a block and calls ``on_hang`` once, if a watched step takes longer than ``seconds``, or the first one longer
    than ``FIRST`` times as much.

    Time is counted by the thread's own looks: where the whole process was frozen, no device hung.
    """

    def __init__(self, seconds: float | None, on_hang: Callable[[], object]) -> None:
        self._on_hang = on_hang
        self._begun = 0  # steps
        self._runs = False  # the last of these
        self._ended = threading.Event()
        self._thread = (
            None
            if seconds is None
            else threading.Thread(target=self._watch, args=(seconds,), name="watchdog", daemon=True)
        )

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()

    def watched(self, steps: Iterator[T]) -> Iterator[T]:
        """The steps; what happens between two of them is not watched."""
        while True:
            self._begun, self._runs = self._begun + 1, True
            try:
                step = next(steps)
            except StopIteration:
                return
            finally:
                self._runs = False
            yield step

    def _watch(self, seconds: float) -> None:
        seen, looks = 0, 0
        while not self._ended.wait(seconds / _LOOKS):
            same, seen = self._begun == seen, self._begun
            looks = looks + 1 if same and self._runs else 0
            if looks >= _LOOKS * (FIRST if self._begun == 1 else 1):
                self._on_hang()
                return
