"""Who gets the devices: the real claims and charges, on a clock that the test moves."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from inverset.config.settings import Settings
from inverset.contract import resolution
from inverset.jobs import claims, database, fairshare, leases, store, switches
from inverset.jobs.claims import Bidder
from inverset.jobs.leases import Progress
from inverset.jobs.posting import Origin
from inverset.jobs.tables import User
from tests.jobs.catalogue_of_scenes import spec

SLICE = 20.0  # seconds
SETTINGS = Settings(slice_seconds=SLICE)
BEGIN = datetime.now(UTC)


class Lab:
    """Workers that take turns of one slice, and users who post."""

    def __init__(self, sessions):
        self.sessions = sessions
        self.seconds = 0.0
        self.had = Counter()  # seconds by user
        self.first_served = {}  # job -> seconds
        self._left = {}  # job -> seconds of work

    @property
    def at(self):
        return BEGIN + timedelta(seconds=self.seconds)

    def user(self, name, weight=1.0):
        with database.writing(self.sessions) as session:
            session.add(User(name=name, weight=weight, usage_at=self.at, created_at=self.at))

    def post(self, owner, seconds, count=1):
        """Post jobs of so many seconds' work; gives the last one's id."""
        question = spec()
        with database.writing(self.sessions) as session:
            resolved = resolution.resolve(store.offered(session, "toy", question.names), question)
            for _ in range(count):
                job = store.post_job(session, question, resolved, Origin(owner), SETTINGS)
                self._left[job.id] = seconds
            return job.id

    def turn(self):
        """One worker's slice; time goes on by it. Returns whose it was."""
        with database.writing(self.sessions) as session:
            claim = claims.claim(session, Bidder("w"), SETTINGS, self.at)
        if claim is None:
            self.seconds += 1
            return None
        self.first_served.setdefault(claim.job_id, self.seconds)
        served = min(SLICE, self._left[claim.job_id])
        self.seconds += served
        self._left[claim.job_id] -= served
        owner = self._end_of_slice(claim)
        self.had[owner] += served
        return owner

    def _end_of_slice(self, claim):
        with database.writing(self.sessions) as session:
            leases.save(session, claim, Progress([], "", "state", {}), self.at)
            if self._left[claim.job_id] > 0:
                leases.release(session, claim, self.at)
            else:
                leases.finish_part(session, claim, {"reason": "reached n"}, self.at)
                leases.finish_job(session, claim, None, self.at)
            return store.job(session, claim.job_id).owner


@pytest.fixture
def lab(sessions):
    return Lab(sessions)


def test_shares_follow_weights_whatever_is_queued(lab):
    for name, weight in {"flood": 1, "one": 1, "two": 2}.items():
        lab.user(name, weight)
    lab.post("flood", 60, count=200)
    lab.post("one", 3000, count=5)
    lab.post("two", 3000, count=5)
    for _ in range(160):
        lab.turn()
    total = sum(lab.had.values())
    assert lab.had["flood"] / total == pytest.approx(1 / 4, abs=0.05 / 4)
    assert lab.had["one"] / total == pytest.approx(1 / 4, abs=0.05 / 4)
    assert lab.had["two"] / total == pytest.approx(2 / 4, abs=0.05 / 2)


def test_a_small_job_of_an_idle_user_starts_within_a_slice(lab):
    for name, weight in {"flood": 1, "busy": 2, "rare": 1}.items():
        lab.user(name, weight)
    lab.post("flood", 60, count=200)
    lab.post("busy", 9000, count=3)
    for number in range(1, 90):
        lab.turn()
        if number % 15 == 0:
            small, posted = lab.post("rare", 5), lab.seconds
            lab.turn()
            assert lab.first_served[small] - posted <= SLICE
    # What is left is shared by weight.
    assert lab.had["busy"] / (lab.had["busy"] + lab.had["flood"]) == pytest.approx(2 / 3, abs=0.05)


def test_a_newcomer_does_not_keep_others_waiting(lab):
    for name in ("old", "new"):
        lab.user(name)
    lab.post("old", 100_000)
    for _ in range(60):  # twenty minutes alone
        lab.turn()
    lab.post("new", 100_000)
    since = [lab.turn() for _ in range(20)]
    assert since[0] == "new"
    assert Counter(since) == {"new": 10, "old": 10}


def test_past_usage_fades(sessions, lab):
    lab.user("a")
    with database.writing(sessions) as session:
        fairshare.charge(session, "a", 800, 3600, lab.at)
        later = lab.at + timedelta(hours=3)
        fairshare.charge(session, "a", 0, 3600, later)
        user = session.scalars(select(User).where(User.name == "a")).one()
        assert (user.usage, user.gpu_seconds) == (pytest.approx(100), 800)


def test_no_user_runs_more_parts_than_allowed(sessions, post, lab):
    lab.user("a")
    lab.user("b")
    many, one = post(owner="a", n=10, part_size=1), post(owner="b", n=1)
    settings = Settings(max_running=2)
    with database.writing(sessions) as session:
        got = [claims.claim(session, Bidder("w"), settings) for _ in range(5)]
    assert Counter(each.job_id for each in got if each) == {many: 2, one: 1}


def test_a_dead_workers_time_is_charged(sessions, post, lab):
    lab.user("a")
    post(owner="a")
    with database.writing(sessions) as session:
        held = claims.claim(session, Bidder("w"), SETTINGS, lab.at)
        leases.beat(session, held, SETTINGS.lease_seconds, lab.at + timedelta(seconds=30))
        again = claims.claim(session, Bidder("w"), SETTINGS, lab.at + timedelta(seconds=100))
        assert again.attempt == 2
        assert session.get(User, "a").gpu_seconds == pytest.approx(30)


def test_a_job_whose_model_is_at_hand_goes_first_for_a_while(sessions, post, lab):
    lab.user("a")
    cold, warm = post(owner="a"), post(owner="a")
    with database.writing(sessions) as session:
        store.job(session, warm).model = "hot"
    with database.writing(sessions) as session:
        assert claims.claim(session, Bidder("w", None, ["hot"]), SETTINGS).job_id == warm
        assert claims.claim(session, Bidder("w", None, ["hot"]), SETTINGS).job_id == cold


def test_a_cold_job_does_not_wait_for_ever(sessions, post, lab):
    lab.user("a")
    cold, warm = post(owner="a"), post(owner="a")
    with database.writing(sessions) as session:
        store.job(session, cold).waiting_since -= timedelta(minutes=2)
        store.job(session, warm).model = "hot"
    with database.writing(sessions) as session:
        assert claims.claim(session, Bidder("w", None, ["hot"]), SETTINGS).job_id == cold


def test_a_worker_takes_only_what_it_can_run(sessions, post):
    post()
    with database.writing(sessions) as session:
        assert claims.claim(session, Bidder("w", ["another"]), SETTINGS) is None
        assert claims.claim(session, Bidder("w", ["toy"]), SETTINGS)


def test_nothing_is_claimed_while_paused(sessions, post):
    post(n=2, part_size=1)
    with database.writing(sessions) as session:
        running = claims.claim(session, Bidder("w"), SETTINGS)
        switches.turn(session, switches.PAUSED, on=True, by="admin")
        assert claims.claim(session, Bidder("w"), SETTINGS) is None
        assert claims.turn_is_over(session, running, SETTINGS)
        switches.turn(session, switches.PAUSED, on=False, by="admin")
        assert claims.claim(session, Bidder("w"), SETTINGS)
