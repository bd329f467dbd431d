"""Pages of samples by number and by activation."""

import pytest

from inverset.config.settings import Settings
from inverset.contract.errors import InvalidSpec, NotFound
from inverset.jobs import claims, database, leases, samples, store
from inverset.jobs.leases import Progress, SavedSample
from inverset.jobs.samples import Selection

ACTIVATIONS = [1.5, 1.25, 1.5, 1e-7, 1.1, 1.9, 1.5]


@pytest.fixture
def job_id(sessions, post):
    """A job whose samples came in two saves."""
    job_id = post()
    with database.writing(sessions) as session:
        mine = claims.claim(session, claims.Bidder("w"), Settings())
        for first, last in ((0, 4), (4, 7)):
            made = [
                SavedSample(i, f"jobs/{job_id}/images/{i}", "0" * 64, 9, {"fc8:volcano": ACTIVATIONS[i]}, i)
                for i in range(first, last)
            ]
            leases.save(session, mine, Progress(made, f"chunk-{first}", f"checkpoint-{last}", {}))
    return job_id


@pytest.fixture
def walk(sessions, job_id):
    """The numbers of all samples, page by page."""

    def walk(**selection):
        seen, cursor = [], None
        with sessions.begin() as session:
            while True:
                page, cursor = samples.page(session, job_id, Selection(after=cursor, limit=2, **selection))
                seen += [sample.index for sample in page]
                if cursor is None:
                    return seen

    return walk


def test_by_number(walk):
    assert walk() == [0, 1, 2, 3, 4, 5, 6]


def test_by_activation_with_equal_ones(walk):
    assert walk(order="activation") == [3, 4, 1, 0, 2, 6, 5]


def test_within_a_range(walk):
    assert walk(low=1.2, high=1.5) == [0, 1, 2, 6]
    assert walk(low=1.2, high=1.5, order="activation") == [1, 0, 2, 6]
    assert walk(low=3) == []


@pytest.mark.parametrize(
    ("order", "cursor"),
    [("index", "x"), ("index", "-1"), ("index", "9" * 40), ("activation", "3"), ("activation", "inf_1")],
)
def test_a_cursor_of_another_list(sessions, job_id, order, cursor):
    with (
        sessions.begin() as session,
        pytest.raises(InvalidSpec, match="is not a cursor of this list") as caught,
    ):
        samples.page(session, job_id, Selection(order=order, after=cursor))
    assert caught.value.errors[0].loc == ["cursor"]


def test_one_all_and_how_many(sessions, job_id):
    with sessions.begin() as session:
        assert samples.one(session, job_id, 5).step == 5
        assert [sample.index for sample in samples.every(session, job_id)] == list(range(7))
        assert samples.count(session, job_id) == 7
        assert samples.chunks(session, job_id) == ["chunk-0", "chunk-4"]


def test_what_is_not_there(sessions, job_id):
    with sessions.begin() as session:
        with pytest.raises(NotFound, match=r"has no sample 7 \(yet\)"):
            samples.one(session, job_id, 7)
        with pytest.raises(NotFound, match="no job 'job_x'"):
            samples.page(session, "job_x")


def test_samples_go_with_their_job(sessions, job_id):
    with database.writing(sessions) as session:
        store.delete_job(session, job_id)
        assert samples.count(session, job_id) == 0


@pytest.mark.parametrize(
    ("most", "values"),
    [
        (3, [1e-7, 1.5, 1.9]),
        (1, [1e-7]),
        (7, sorted(ACTIVATIONS)),
        (50, sorted(ACTIVATIONS)),
    ],
)
def test_some_by_rising_activation(sessions, job_id, most, values):
    with sessions.begin() as session:
        assert [sample.activation for sample in samples.rising(session, job_id, most)] == values


def test_none_of_a_job_without_samples(sessions, post):
    with sessions.begin() as session:
        assert samples.rising(session, post(), 5) == []
