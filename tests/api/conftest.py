"""A server, really listening, on a database with one model in it."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

import httpx
import numpy as np
import pytest
import uvicorn.server

from inverset import storage
from inverset.api.server import listen, running, url
from inverset.config.settings import Settings
from inverset.contract import paths
from inverset.gallery import chunks, image_codec
from inverset.jobs import database, leases, store
from inverset.jobs.claims import Bidder, claim
from inverset.jobs.stored_images import Packed
from inverset.worker.pack import Pack
from tests.jobs.catalogue_of_scenes import CATALOGUE, body

TLS = ssl.create_default_context()  # a client without one reads all certificates of the machine anew


class Hurried:
    """What uvicorn's server takes for asyncio: it looks ten times a second whether to end, and then waits as long.

    Hundreds of servers end here, each after one test; a hundredth of a second does as well.
    """

    def __getattr__(self, name):
        return getattr(asyncio, name)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / 10)


uvicorn.server.asyncio = Hurried()


@contextmanager
def serving(settings: Settings, port: int = 0) -> Iterator[httpx.Client]:
    """The application under uvicorn in a thread; a client of it."""
    with (
        listen(settings, "127.0.0.1", port) as listening,
        running(settings, listening, log_level="critical", routes=False),  # most are asked for one or two
        httpx.Client(base_url=url(listening), timeout=30, verify=TLS) as client,
    ):
        yield client


@pytest.fixture
def settings(tables_url, tmp_path) -> Settings:
    """With a database that has its tables and the toy model."""
    made = Settings(
        database_url=tables_url, data_dir=tmp_path, auth="off", max_body_bytes=20_000, max_queued=5
    )
    sessions = database.connect(tables_url)
    with database.writing(sessions) as session:
        store.publish_model(session, CATALOGUE)
    sessions.kw["bind"].dispose()
    return made


@pytest.fixture
def client(settings) -> Iterator[httpx.Client]:
    with serving(settings) as made:
        yield made


@pytest.fixture
def sessions(settings):
    made = database.connect(settings.database)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def post(client):
    """Post a job; gives its answer."""

    def post(headers=None, **changes):
        answer = client.post("/v1/jobs", json=body(**changes), headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    return post


@pytest.fixture
def deliver(sessions, settings):
    """Be the worker for a moment: claim the next part and save samples of these activations into it.

    ``began``: the activation of the image that each was before, where they are counterfactuals. ``packed``: images lie in
    one file, as a worker saves them; else in files of their own, as those of earlier versions do.
    """

    def deliver(*activations, began=None, packed=False):
        folder = storage.open_store(settings.blobs)
        with database.writing(sessions) as session:
            claimed = claim(session, Bidder("tester"), settings)
            assert claimed is not None
            saved = [
                _sample(folder, claimed, offset, value, began) for offset, value in enumerate(activations)
            ]
            if packed:
                saved = _packed(folder, paths.pack(claimed.job_id, "0"), saved)
            chunk = f"{paths.job_folder(claimed.job_id)}chunks/0"
            rows = np.arange(3 * len(saved), dtype=np.float32).reshape(-1, 3)
            readings = np.array(activations, dtype=np.float32)[:, None]
            folder.put(chunk, chunks.dump({"codes": rows, "features": rows, "activations": readings}))
            stored = sum(each.size for each in saved) + folder.size(chunk)
            progress = leases.Progress(saved, chunk, "state", {"seconds": 2.0}, stored)
            leases.save(session, claimed, progress)
        return claimed

    return deliver


def _sample(folder, claimed, offset, activation, began):
    index = claimed.first_index + claimed.accepted + offset
    content = image_codec.encode(np.full((8, 8, 3), index, dtype=np.uint8))
    name = f"{paths.job_folder(claimed.job_id)}images/{index:06d}.png"
    folder.put(name, content)
    readings = {neuron: float(activation) for neuron in claimed.question.neurons}
    parent = index - 1 if offset else None
    start = None if began is None else _start(folder, paths.start(name), dict.fromkeys(readings, began))
    return leases.SavedSample(
        index, name, sha256(content).hexdigest(), len(content), readings, offset, parent=parent, start=start
    )


def _start(folder, name, readings):
    content = image_codec.encode(np.full((8, 8, 3), 200, dtype=np.uint8))
    folder.put(name, content)
    return leases.SavedStart(sha256(content).hexdigest(), len(content), readings)


def _packed(folder, name, saved):
    """The same samples, with their images in one file."""
    pack, made = Pack(), []

    def add(blob):
        content = folder.get(blob)
        folder.delete(blob)
        small = image_codec.thumbnail(image_codec.decode(content))
        return Packed(pack.add(blob, content), pack.add(paths.thumbnail(blob), small), len(small))

    for sample in saved:
        start = sample.start and replace(sample.start, packed=add(paths.start(sample.blob)))
        made.append(replace(sample, packed=add(sample.blob), start=start, blob=name))
    folder.put(name, pack.closed())
    return made


@pytest.fixture
def succeed(sessions):
    """End a claimed job well."""

    def succeed(claimed, evidence=None):
        with database.writing(sessions) as session:
            leases.finish_part(session, claimed, {"reason": "reached"})
            leases.finish_job(session, claimed, evidence)

    return succeed
