"""A large gallery as one zip: when its first byte comes, and what it takes of the server's memory."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import psutil

from benchmarks import asking, rows, servers
from inverset import gallery
from inverset.contract import paths
from inverset.gallery import chunks, image_codec
from inverset.storage import BlobStore, open_store
from inverset.worker.pack import Pack

_CODE, _FEATURES, _SIDE = 512, 96, 64  # as `scenes` has them
_MEBI = 1 << 20


class Export(NamedTuple):
    """One download."""

    samples: int
    first_byte: float  # milliseconds until the first of the body
    seconds: float
    mebibytes: float  # of the zip
    grown: float  # MiB: the most that the process took more than before


def measure(kind: str, store_url: str, few: int, many: int) -> list[Export]:
    """A small gallery twice, of which the first warms up, then the large one."""
    with servers.databases(kind, 1) as urls, servers.connected(urls[0]) as sessions:
        jobs = {n: rows.job(sessions, n, packed=True) for n in (few, many)}
        for n, job in jobs.items():
            store = open_store(store_url)
            _write(store, job, n)
            gallery.keep(sessions.begin, store, job)  # as the worker does when a job has ended
        with servers.front(urls[0], store_url) as front:
            _download(front, jobs[few], few)
            return [_download(front, job, n) for n, job in jobs.items()]


def _download(front: servers.Front, job: str, n: int) -> Export:
    with _watched(front.pid) as grown:
        zipped = asking.downloaded(front.url, job)
    return Export(n, zipped.first_byte, zipped.seconds, zipped.size / _MEBI, max(grown))


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """MiB that a process takes more than at the beginning, looked at all the time."""
    process, ended, grown = psutil.Process(pid), threading.Event(), [0.0]
    before = process.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.02):
            grown.append((process.memory_info().rss - before) / _MEBI)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


def _write(store: BlobStore, job: str, n: int) -> None:
    """The files of a job: pictures of noise, of a real one's size."""
    random = np.random.default_rng(0)
    noise = image_codec.encode(random.integers(0, 16, (_SIDE, _SIDE, 3), np.uint8))
    image = noise.ljust(rows.PICTURE, b"\0")
    arrays = {
        "codes": (rows.CHUNK, _CODE),
        "features": (rows.CHUNK, _FEATURES),
        "activations": (rows.CHUNK, 1),
    }
    chunk = chunks.dump({name: random.random(shape, np.float32) for name, shape in arrays.items()})
    pack = Pack()
    places = [pack.add(paths.image_in_gallery(row), image) for row in range(rows.CHUNK)]
    if places[1] != 2 * rows.HEAD + rows.PICTURE:
        raise RuntimeError(f"{places[:2]} are not the places that rows have")
    images = pack.closed()
    files = {rows.pack(job, number): images for number in range(-(-n // rows.CHUNK))}
    files |= {rows.chunk(job, number): chunk for number in range(-(-n // rows.CHUNK))}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(store.put, files.keys(), files.values()))
