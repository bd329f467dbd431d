"""The gallery of a large job in a real browser: how long it is busy without a pause, and what it takes of memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import select, update

from benchmarks import rows, servers
from inverset import gallery
from inverset.contract import paths
from inverset.gallery import chunks, image_codec, nearest_references
from inverset.jobs.database import Sessions, writing
from inverset.jobs.tables import Job, Sample
from inverset.storage import BlobStore, open_store
from tests import chromium

SIZE: ViewportSize = {"width": 1500, "height": 900}
LONG = 200  # milliseconds
_SIDE, _REFERENCES, _MEBI = 64, 10_000, 1 << 20
_WATCH = """
window.busy = [];
new PerformanceObserver((list) => busy.push(...list.getEntries().map((each) => each.duration))).observe({type: "longtask", buffered: true});
"""
_SENT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((each) => each.initiatorType !== "img").reduce((sum, each) => sum + each.transferSize, 0)"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
# A window a frame is as fast as one can drag; pictures are asked for as they come, up to that.
_SCROLL = """async (share) => {
  const frame = () => new Promise(requestAnimationFrame);
  const begun = performance.now();
  let frames = 0;
  for (let to = 0; to < document.documentElement.scrollHeight; to += share * innerHeight) { scrollTo(0, to); await frame(); frames++; }
  return [performance.now() - begun, frames];
}"""


class Seen(NamedTuple):
    """What a browser went through with one page."""

    what: str
    page_kilobytes: float  # without pictures, as they were sent
    first_paint: float  # milliseconds
    ready: float  # seconds until all samples are there
    longest: float  # milliseconds: of all tasks while one scrolls through all, sorts and slides
    over: int  # tasks of more than 200 ms
    longest_busy: (
        float  # milliseconds of the processor in one task: what a machine with nothing else to do would see
    )
    over_busy: int
    cells: int  # of the grid, at the end
    heap: float  # MiB of JavaScript
    process: float  # MiB that the page's process has to itself, at most


def measure(n: int) -> Iterator[Seen]:
    """The page of a job with n samples, and the downloaded one."""
    with (
        TemporaryDirectory() as folder,
        servers.databases("SQLite", 1) as urls,
        servers.connected(urls[0]) as sessions,
        chromium.launched() as browser,
    ):
        job = _job(sessions, open_store(f"file://{folder}/blobs"), n)
        with servers.front(urls[0], f"file://{folder}/blobs") as front:
            yield _look(browser, f"{front.url}/jobs/{job}", f"{n:,} samples, on the server", n)
        with sessions.begin() as session:
            made = gallery.of_job(session, open_store(f"file://{folder}/blobs"), job)
        gallery.write(made, Path(folder) / "gallery")
        yield _look(browser, f"file://{folder}/gallery/index.html", f"{n:,} samples, downloaded", n)


def _look(browser: Browser, url: str, what: str, n: int) -> Seen:
    page = browser.new_page(viewport=SIZE)
    page.add_init_script(_WATCH)
    page.add_init_script("performance.setResourceTimingBufferSize(100000)")
    page.goto(url)
    page.get_by_text(f"{n:,} images", exact=True).wait_for()
    ready = page.evaluate("performance.now()") / 1000
    process = [_own(browser)]
    page.evaluate(_SCROLL, 1)
    process.append(_own(browser))
    _change(page)
    process.append(_own(browser))
    busy, heap = page.evaluate("busy"), page.evaluate("performance.memory.usedJSHeapSize") / _MEBI
    cells = page.locator(".field-of-cells .cell").count()
    kilobytes = (page.evaluate(_SENT) or Path(url.removeprefix("file://")).stat().st_size) / 1000
    painted = page.evaluate(_PAINT)
    page.close()
    spent = _spent(browser, url, n)
    return Seen(
        what,
        kilobytes,
        painted,
        ready,
        max(busy, default=0),
        sum(each > LONG for each in busy),
        max(spent),
        sum(each > LONG for each in spent),
        cells,
        heap,
        max(process),
    )


def _spent(browser: Browser, url: str, n: int) -> list[float]:
    """Milliseconds of the processor that each task of the page's main thread takes; told once more, as to be traced takes memory."""
    page = browser.new_page(viewport=SIZE)
    browser.start_tracing(page=page, categories=["toplevel"])
    page.goto(url)
    page.get_by_text(f"{n:,} images", exact=True).wait_for()
    page.evaluate(_SCROLL, 1)
    _change(page)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    main = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    return [
        each["tdur"] / 1000
        for each in events
        if each["name"].endswith("RunTask") and (each["pid"], each["tid"]) in main and "tdur" in each
    ]


def _change(page: Page) -> None:
    """Sort, and drag a handle through its whole way."""
    page.evaluate("scrollTo(0, 0)")
    for order in ("+0", "-0", "index"):
        page.locator("[data-sort]").select_option(order)
        page.wait_for_timeout(200)
    page.evaluate(
        """async () => {
          const handle = document.querySelector(".slider input");
          for (let to = 0; to <= 900; to += 10) {
            handle.value = to;
            handle.dispatchEvent(new Event("input", {bubbles: true}));
            await new Promise(requestAnimationFrame);
          }
        }"""
    )


def _own(browser: Browser) -> float:
    """MiB that belong to the page's process alone."""
    answer = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    renderers = [each["id"] for each in answer["processInfo"] if each["type"] == "renderer"]
    return max(psutil.Process(number).memory_full_info().uss for number in renderers) / _MEBI


def _job(sessions: Sessions, store: BlobStore, n: int) -> str:
    job = rows.job(sessions, n)
    random = np.random.default_rng(0)
    with writing(sessions) as session:
        result = session.execute(select(Sample.index, Sample.activation).where(Sample.job_id == job)).all()
        session.execute(
            update(Sample),
            [{"job_id": job, "index": index, "activations": {rows.NEURON: value}} for index, value in result],
        )
        numbers = random.integers(0, _REFERENCES, n).tolist()
        nearest = {
            "numbers": numbers,
            "distances": random.uniform(5, 20, n).tolist(),
            "mean": 12.0,
            "min": 5.0,
        }
        nearest["sheet"] = nearest_references.described(nearest_references.shown(numbers))
        session.execute(update(Job).where(Job.id == job), {"evidence": {"nearest_reference": nearest}})
    _write(store, job, n, random)
    return job


def _write(store: BlobStore, job: str, n: int, random: np.random.Generator) -> None:
    """Pictures that all differ, as a browser would not read the same one twice."""
    ramp = np.linspace(0, 1, _SIDE)[:, None, None] * np.ones((1, _SIDE, 1))

    def picture(index: int) -> bytes:
        low, high = np.random.default_rng(index).uniform(0, 255, (2, 3))
        return image_codec.encode((low + (high - low) * ramp).astype(np.uint8))

    shape = (rows.CHUNK, 96)
    features = random.random(shape, np.float32)
    chunk = chunks.dump({"codes": features, "features": features, "activations": features[:, :1]})
    for number in range(-(-n // rows.CHUNK)):
        store.put(rows.chunk(job, number), chunk)
    store.put(
        paths.nearest_references(job),
        nearest_references.sheet(
            [image_codec.decode(picture(number)) for number in range(nearest_references.MOST)]
        ),
    )
    for index in range(n):
        content, place = picture(index), rows.picture(job, index)
        store.put(place, content)
        store.put(paths.thumbnail(place), image_codec.thumbnail(image_codec.decode(content)))
