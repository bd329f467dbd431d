"""Background tasks of an idle worker, in steps of a fraction of a second; a worker may stop after any step."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping

log = logging.getLogger(__name__)
IDLE_SECONDS = 5.0  # without work before it begins
BUSY_SECONDS = 20.0  # between two steps where there is always work
AGAIN_SECONDS = 60.0  # before it is tried again where the store of files was away
Steps = Callable[[], Iterator[None]]


class IdleTasks:
    """Tasks by name; one that has begun continues with its next step."""

    def __init__(self) -> None:
        self._tasks: dict[str, Steps] = {}
        self._begun: dict[str, Iterator[None]] = {}
        self._made: set[str] = set()
        self._worked = self._stepped = time.monotonic()
        self._rest_until = 0.0

    def plan(self, tasks: Mapping[str, Steps]) -> None:
        """Replace the tasks by these; tasks that are finished are not run again."""
        self._tasks = dict(tasks)
        self._begun = {name: steps for name, steps in self._begun.items() if name in tasks}
        self._made &= set(tasks)

    def step(self, *, worked: bool) -> bool:
        """Run one step of the next unfinished task, if no work came for IDLE_SECONDS or, while busy, BUSY_SECONDS after the last step.

        Returns whether one was run.
        """
        now = time.monotonic()
        self._worked = now if worked else self._worked
        due = self._stepped + BUSY_SECONDS if worked else self._worked + IDLE_SECONDS
        name = next((name for name in self._tasks if name not in self._made), None)
        if name is None or now < max(due, self._rest_until):
            return False
        self._step(name)
        self._stepped = time.monotonic()
        return True

    def _step(self, name: str) -> None:
        """Run a step. Every exception is logged and none is raised: no caller waits for these tasks."""
        if name not in self._begun:
            log.info("%s: while there is time", name)
            self._begun[name] = self._tasks[name]()
        try:
            next(self._begun[name])
        except StopIteration:
            self._end(name)
            log.info("%s: done", name)
        except OSError as error:
            self._begun.pop(name)
            self._rest_until = time.monotonic() + AGAIN_SECONDS
            log.warning("%s, tried again in %g s: %s", name, AGAIN_SECONDS, error)
        except Exception:
            self._end(name)
            log.exception("%s", name)

    def _end(self, name: str) -> None:
        self._begun.pop(name)
        self._made.add(name)
