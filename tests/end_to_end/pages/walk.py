"""What a new user does, step by step, in a browser before any server."""

import re
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Page, expect

PATIENCE = 120_000  # milliseconds, for a job of a few samples on a machine that is busy
JOB = re.compile(r"/jobs/(job_\w+)")
N = 8


def sign_in(page: Page, key: str) -> None:
    """Paste a key; one comes to the home page."""
    page.goto("/")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What does this neuron respond to?")).to_be_visible()


def ask(page: Page, low: str, high: str) -> str:
    """Ask for the volcano neuron between two quantiles; gives the job's id."""
    page.get_by_role("link", name="New gallery", exact=True).click()
    fill(page, low, high)
    page.get_by_role("button", name="Make the gallery").click()
    page.wait_for_url(JOB)
    return JOB.search(page.url)[1]


def fill(page: Page, low: str, high: str) -> None:
    """Fill in the question."""
    page.get_by_label("Neuron", exact=True).first.fill("fc8:volcano")
    page.get_by_label("in", exact=True).select_option(label="quantiles")
    page.get_by_label("from", exact=True).fill(low)
    page.get_by_label("to", exact=True).fill(high)
    page.get_by_label("Images", exact=True).fill(str(N))


def watch(page: Page) -> None:
    """See it end, without asking again, and its pictures come."""
    expect(page.locator("#live[data-state=succeeded]")).to_be_attached(timeout=PATIENCE)
    expect(page.locator("#gallery .cell")).to_have_count(N)
    for picture in page.locator("#gallery .cell img").all():
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_role("heading", name="How far you can trust it")).to_be_visible(timeout=PATIENCE)


def look(page: Page) -> None:
    """Open the first image of a gallery, and go back."""
    page.locator("#gallery .cell a").first.click()
    page.get_by_role("link", name="Open page").click()
    page.wait_for_url(re.compile(r"/samples/\d+"))
    expect(page.get_by_role("heading").first).to_be_visible()
    page.go_back()


def compare(page: Page, job_id: str, other: str) -> None:
    """Lay a job beside another, from its own page."""
    page.goto(f"/jobs/{job_id}")
    page.locator("form[action='/compare'] select").select_option(value=other)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="2 side by side")).to_be_visible()
    expect(page.locator(".sides figure")).to_have_count(2 * N)
    expect(page.get_by_role("columnheader")).to_have_count(3)


def download(page: Page, job_id: str, folder: Path) -> Path:
    """Fetch the zip from a job's page and unpack it; gives its index.html."""
    page.goto(f"/jobs/{job_id}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Everything, as a zip").click()
    with ZipFile(waiting.value.path()) as packed:
        packed.extractall(folder)
    return next(folder.rglob("index.html"))


def read(page: Page, file: Path) -> None:
    """Open a gallery from disk."""
    page.goto(file.as_uri())
    expect(page.locator(".cell")).to_have_count(N)
    for picture in page.locator(".cell img").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
