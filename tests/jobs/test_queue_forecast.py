"""The order in which the queue is going to be served, and when."""

import pytest

from inverset.config.settings import Settings
from inverset.jobs import clock, database, leases, queue_forecast, store, switches
from inverset.jobs.claims import Bidder, claim
from inverset.jobs.tables import User

SETTINGS = Settings(slice_seconds=20)


@pytest.fixture
def user(sessions):
    def user(name, weight=1.0, usage=0.0):
        with database.writing(sessions) as session:
            at = clock.now(session)
            session.add(User(name=name, weight=weight, usage=usage, usage_at=at, created_at=at))

    return user


@pytest.fixture
def worker(sessions):
    """One that makes ten samples a second of the toy model."""

    def worker(name="w", speed=10.0):
        with database.writing(sessions) as session:
            leases.enroll(session, name, "cpu")
            leases.note_alive(session, name, {"toy": speed})

    return worker


@pytest.fixture
def look(sessions):
    def look(at=None):
        with sessions.begin() as session:
            return queue_forecast.look(session, SETTINGS, at)

    return look


def ids(seen):
    return [entry.id for entry in seen.entries]


def test_an_empty_line(look):
    seen = look()
    assert (seen.entries, seen.running, seen.waiting) == ([], 0, 0)


def test_one_users_jobs_by_priority_then_by_waiting(look, post):
    last, first, middle = post(priority=-1), post(priority=1), post()
    seen = look()
    assert ids(seen) == [first, middle, last]
    assert [place.position for place in seen.places().values()] == [1, 2, 3]
    assert [place.starts_in_seconds for place in seen.places().values()] == [None] * 3  # nobody works


def test_jobs_take_turns_of_a_slice(look, post, worker):
    worker()
    for n in (50, 100_000, 100_000):  # 5 seconds, hours, hours
        post(n=n, part_size=100_000)
    assert look().starts == [0, 5, 25]


def test_a_job_of_higher_priority_is_finished_first(look, post, worker):
    worker()
    post(n=600, priority=1)
    post(n=10)
    assert look().starts == [0, 60]


def test_whichever_worker_is_free_first_takes_the_next(look, post, worker):
    worker("one")
    worker("two")
    for _ in range(3):
        post(n=100)
    assert look().starts == [0, 0, 10]


def test_nobody_knows_what_no_worker_measured(look, post, worker):
    worker(speed=0.0)
    post(priority=1)
    post()
    assert look().starts == [0, None]


def test_users_alternate_and_the_least_served_begins(look, post, user, worker):
    worker()
    user("much", usage=100)
    user("little", usage=85)
    theirs = [post(owner="little", n=100) for _ in range(3)]  # 10 seconds each
    mine = [post(owner="much", n=100) for _ in range(2)]
    assert ids(look()) == [theirs[0], theirs[1], mine[0], theirs[2], mine[1]]


def test_weight_counts(look, post, user, worker):
    worker()
    user("one")
    user("two", weight=2)
    small = [post(owner="one", n=100) for _ in range(2)]
    large = [post(owner="two", n=100) for _ in range(4)]
    assert ids(look()) == [small[0], large[0], large[1], small[1], large[2], large[3]]


def test_what_runs_comes_before_all(sessions, look, post, worker):
    worker()
    running, waiting = post(n=100), post(n=100)
    with database.writing(sessions) as session:
        assert claim(session, Bidder("w"), SETTINGS).job_id == running
    seen = look()
    assert (seen.running, seen.waiting) == (1, 1)
    assert seen.places() == {
        running: queue_forecast.ForecastPlace(0, 0, 0.0, None),
        waiting: queue_forecast.ForecastPlace(1, 1, 10.0, None),
    }


def test_a_job_that_ended_is_in_no_line(sessions, look, post):
    job_id = post()
    with database.writing(sessions) as session:
        store.cancel(session, job_id)
    assert look().places() == {}


@pytest.fixture
def long(monkeypatch):
    """From now on every queue is long; so many of its jobs are looked at."""

    def first(jobs):
        monkeypatch.setattr(queue_forecast, "LONG", 0)
        monkeypatch.setattr(queue_forecast, "FIRST", jobs)

    return first


def test_of_a_long_line_only_the_head_is_looked_at(look, post, long):
    long(20)
    for _ in range(22):
        post()
    seen = look()
    assert (len(seen.entries), seen.waiting, seen.lengths.total) == (20, 22, 22)


def test_a_long_line_begins_as_if_all_of_it_were_looked_at(sessions, look, post, user, worker, long):
    """Also where one user is served so often that more of the line is read than at first."""
    worker()
    user("much", usage=1000)
    user("half", weight=0.5, usage=20)
    user("little")
    for number in range(14):
        for owner in ("much", "half", "little"):
            post(owner=owner, n=100 + number, priority=-number % 3)
    with database.writing(sessions) as session:
        running = claim(session, Bidder("w"), SETTINGS).job_id
    whole = look()
    assert (whole.lengths, len(whole.entries)) == (None, 42)
    long(20)
    head = look(whole.at)  # what runs counts in, by the second
    assert (head.running, head.waiting, head.entries[0].id) == (1, 41, running)
    assert head.entries == whole.entries[:21]
    assert head.starts == whole.starts[:21]


def test_behind_a_long_lines_head_a_place_is_an_estimate(sessions, look, post, user, worker, long):
    worker()
    user("many")
    user("more", weight=2)
    many = [post(owner="many") for _ in range(30)]
    for _ in range(40):
        post(owner="more")
    long(5)
    seen = look()
    with sessions.begin() as session:
        places = [seen.place_behind(session, store.job(session, many[at])) for at in (1, 12, 29)]
    assert [place.position for place in places] == [6, 37, 70]  # twice as many of the other's are ahead
    assert [place.ahead for place in places] == [5, 36, 69]
    assert {(place.starts_in_seconds, place.reason, place.about) for place in places} == {
        (None, "far behind", True)
    }


def test_nothing_starts_while_the_service_is_paused_and_the_line_says_why(sessions, look, post, worker):
    post(n=50)
    assert [place.reason for place in look().places().values()] == ["no worker"]
    worker()
    assert look().starts == [0]
    with database.writing(sessions) as session:
        switches.turn(session, switches.PAUSED, on=True, by="ada")
    (place,) = look().places().values()
    assert (place.starts_in_seconds, place.reason) == (None, "paused")
    with database.writing(sessions) as session:
        switches.turn(session, switches.PAUSED, on=False, by="ada")
    (place,) = look().places().values()
    assert (place.starts_in_seconds, place.reason) == (0, None)
