"""Reads several files in parallel, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(reads: Iterable[Callable[[], T]], at_once: int) -> Iterator[T]:
    """The results of ``reads`` in order; while one is used, up to ``at_once`` others are being read.

    Raises whatever one raises, when its turn comes.
    """
    if at_once == 1:
        yield from (read() for read in reads)
        return
    lanes, begun = ThreadPoolExecutor(at_once, "ahead"), deque[Future[T]]()
    try:
        for read in reads:
            begun.append(lanes.submit(read))
            if len(begun) == at_once:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        lanes.shutdown(wait=False, cancel_futures=True)  # the rest is not needed
