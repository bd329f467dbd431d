"""Reads several files in parallel, in order; and writes several."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from inverset.storage.protocol import BlobStore

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


def put_all(store: BlobStore, contents: Mapping[str, bytes]) -> None:
    """Write files by their names, in parallel as far as the store is quicker so.

    Raises OSError as ``put`` does, once none is on its way any more; those that were not begun are left out.
    """
    with ThreadPoolExecutor(store.at_once, "put") as lanes:
        puts = [lanes.submit(store.put, *each) for each in contents.items()]
        try:
            for put in puts:
                put.result()
        except OSError:
            lanes.shutdown(cancel_futures=True)
            raise
