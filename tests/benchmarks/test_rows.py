"""Rows in bulk are as the service would have made them."""

import pytest

from benchmarks import machine, rows
from inverset.config.settings import Settings
from inverset.jobs import claims, database, queue_forecast, samples
from inverset.jobs.claims import Bidder
from inverset.jobs.samples import Selection


@pytest.fixture
def sessions(tables_url):
    made = database.connect(tables_url)
    yield made
    made.kw["bind"].dispose()


def test_a_queue_that_can_be_worked_off(sessions):
    rows.queue(sessions, 30, users=5)
    with database.writing(sessions) as session:
        seen = queue_forecast.look(session, Settings())
        assert (seen.running, seen.waiting, len(seen.contenders)) == (2, 28, 5)
        assert claims.claim(session, Bidder("w", ["scenes"]), Settings()) is not None


def test_a_job_that_can_be_paged_through(sessions):
    job = rows.job(sessions, 2500)
    with sessions.begin() as session:
        assert [each.index for each in samples.every(session, job)] == list(range(2500))
        result, after, pages = [], None, 0
        while after is not None or not pages:
            page, after = samples.page(session, job, Selection(order="activation", after=after, limit=1000))
            result, pages = [*result, *page], pages + 1
    assert (len({each.index for each in result}), pages) == (2500, 3)
    assert [each.activation for each in result] == sorted(each.activation for each in result)


def test_figures_go_to_their_place_on_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n<!-- one -->\nold\n<!-- end -->\n# B\n<!-- two -->\nkept\n<!-- end -->\n")
    machine.record("one", "| new \\1 |", page)
    answer = page.read_text()
    assert "| new \\1 |" in answer
    assert "old" not in answer
    assert "kept" in answer
    with pytest.raises(ValueError, match="three"):
        machine.record("three", "", page)
    machine.record("one", "first", tmp_path / "new.md", "A title")
    assert (tmp_path / "new.md").read_text().startswith("# A title\n\n<!-- one -->\nfirst")
