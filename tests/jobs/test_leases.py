"""Whose turn it is, and that nobody writes whose lease is gone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from inverset.config.settings import Settings
from inverset.contract.errors import LeaseLost
from inverset.jobs import claims, database, leases, samples, store
from inverset.jobs.claims import Bidder
from inverset.jobs.leases import Progress, SavedSample
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import Part

REACHED = {"reason": "reached n", "detail": "", "best": {"fc8:volcano": 1.5}, "blocked_by": {}}
UNREACHABLE = {
    "reason": "unreachable",
    "detail": "no",
    "best": {"fc8:volcano": 0.5},
    "blocked_by": {"low": 1.0},
}


@pytest.fixture
def act(sessions):
    """Call a function of the store in a transaction of its own."""

    def act(function, *arguments, **options):
        with database.writing(sessions) as session:
            return function(session, *arguments, **options)

    return act


@pytest.fixture
def claim(act):
    def claim(worker="w", seconds=60, at=None):
        return act(claims.claim, Bidder(worker), Settings(lease_seconds=seconds), at)

    return claim


def progress(claim, count, first=None):
    first = claim.first_index + claim.accepted if first is None else first
    made = [
        SavedSample(i, f"jobs/x/images/{i:06d}.png", "0" * 64, 9, {"fc8:volcano": 1.0 + i / 1e4}, i)
        for i in range(first, first + count)
    ]
    tally = {"accepted": claim.accepted + count, "seconds": 1.5, "gradient_evaluations": 10 * count}
    return Progress(made, f"jobs/x/chunks/{first}", f"jobs/x/checkpoints/{first + count}", tally)


def job_of(act, job_id):
    return act(store.job, job_id)


def later(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_nothing_to_do(claim):
    assert claim() is None


def test_a_claim_says_all_that_a_worker_needs(act, claim, post):
    job_id = post(n=1500, seed=3, budget={"gradient_evaluations": 300, "seconds": 30})
    first, second = claim(), claim()
    request, rest = first.question, second.question
    assert (first.job_id, first.part, request.n, first.first_index, request.seed) == (job_id, 0, 1000, 0, 3)
    assert (second.part, rest.n, second.first_index) == (1, 500, 1000)
    assert (request.budget.gradient_evaluations, rest.budget.gradient_evaluations) == (200, 100)
    assert rest.budget.seconds == pytest.approx(10)
    assert (first.checkpoint, first.accepted, first.sampled, request.k) == (None, 0, False, 7)
    assert claim() is None
    assert job_of(act, job_id).state == Status.RUNNING


def test_many_workers_never_get_the_same_part(sessions, post):
    post(n=12, part_size=1)
    post(n=12, part_size=1)
    got, lock = [], threading.Lock()

    def work(name):
        misses = 0
        while misses < 30:
            with database.writing(sessions) as session:
                result = claims.claim(session, Bidder(name), Settings())
            misses = 0 if result else misses + 1
            with lock:
                got.extend([(result.job_id, result.part)] if result else [])

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 24
    assert len(set(got)) == 24


def test_priority_then_who_waited_longest(act, claim, post):
    low, old, new = post(priority=-1), post(n=2, part_size=1), post()
    served = [claim() for _ in range(4)]
    assert [each.job_id for each in served] == [old, new, old, low]
    act(leases.release, served[1])
    assert not act(claims.turn_is_over, served[1], Settings())
    assert act(claims.turn_is_over, served[0], Settings())
    assert act(claims.turn_is_over, served[3], Settings())


def test_of_a_job_that_was_deleted_the_lease_is_lost(act, claim, post):
    mine = (post(), claim())[1]
    act(store.delete_job, mine.job_id)
    with pytest.raises(LeaseLost):
        act(claims.turn_is_over, mine, Settings())


def test_lower_priority_waits(act, claim, post):
    post(priority=1)
    mine = claim()
    post()
    assert not act(claims.turn_is_over, mine, Settings())


def test_saves_add_up_and_a_later_claim_goes_on_from_there(act, claim, post):
    job_id = post(n=100)
    mine = claim()
    assert act(leases.save, mine, progress(mine, 3)) is False
    act(leases.save, mine, progress(mine, 2, first=3))
    act(leases.release, mine)
    again = claim("other")
    assert (again.accepted, again.checkpoint, again.attempt) == (5, "jobs/x/checkpoints/5", 2)
    job = job_of(act, job_id)
    assert (job.accepted, job.tally["gradient_evaluations"], job.tally["seconds"]) == (5, 20, 1.5)
    assert act(samples.count, job_id) == 5


def test_tallies_of_parts_add_up(act, claim, post):
    job_id = post(n=4, part_size=2)
    for each in (claim(), claim()):
        act(leases.save, each, progress(each, 1))
        act(leases.save, each, progress(each, 1, first=each.first_index + 1))
    assert job_of(act, job_id).tally == {"accepted": 2, "seconds": 3.0, "gradient_evaluations": 20}


def test_a_silent_worker_loses_its_part(act, claim, post):
    post()
    elder = claim("elder", seconds=60)
    assert claim("younger", at=later(59)) is None
    younger = claim("younger", at=later(61))
    assert younger.attempt == 2
    for write in (
        lambda: act(leases.beat, elder, 60),
        lambda: act(leases.save, elder, progress(elder, 1)),
        lambda: act(leases.release, elder),
        lambda: act(leases.finish_part, elder, REACHED),
        lambda: act(leases.finish_job, elder, {}),
        lambda: act(leases.confirm_cancel, elder),
        lambda: act(leases.fail, elder, "x"),
    ):
        with pytest.raises(LeaseLost, match="attempt 1 no longer holds part 0"):
            write()
    act(leases.save, younger, progress(younger, 1))


def test_a_beat_holds_on(act, claim, post):
    post()
    mine = claim(seconds=60)
    assert act(leases.beat, mine, 60, later(50)) is False
    assert claim(at=later(100)) is None
    assert claim(at=later(111)).attempt == 2


def test_a_worker_takes_back_what_its_namesake_held(act, claim, post):
    post()
    act(leases.enroll, "w", "cpu")
    elder = claim("w")
    act(leases.enroll, "other", "cpu")
    assert claim("other") is None
    act(leases.enroll, "w", "cpu")
    assert claim("w").attempt == 2
    with pytest.raises(LeaseLost):
        act(leases.save, elder, progress(elder, 1))


def test_workers_come_and_go(act):
    act(leases.enroll, "w", "cpu")
    assert [worker.id for worker in act(store.workers, 60)] == ["w"]
    act(leases.leave, "w")
    act(leases.leave, "w")
    assert act(store.workers, 60) == []


def test_the_last_part_ends_the_job(act, claim, post):
    job_id = post(n=4, part_size=2)
    first, last = claim(), claim()
    for each in (first, last):
        act(leases.save, each, progress(each, 2))
    assert act(leases.finish_part, first, REACHED) is False
    assert act(leases.finish_part, last, REACHED) is True
    assert job_of(act, job_id).state == Status.RUNNING
    act(leases.finish_job, last, {"vendi": 1.5})
    job = job_of(act, job_id)
    assert (job.state, job.outcome["reason"], job.accepted) == (Status.SUCCEEDED, "reached n", 4)
    assert act(store.evidence, job_id) == {"vendi": 1.5}
    assert claim() is None
    assert set(act(lambda session: session.scalars(select(Part.checkpoint)).all())) == {None}


def test_a_worker_that_dies_over_the_evidence_is_replaced(act, claim, post):
    post()
    mine = claim()
    assert act(leases.finish_part, mine, REACHED) is True
    assert claim(at=later(61)).sampled


def test_parts_between_two_workers_leave_the_job_queued(act, claim, post):
    job_id = post(n=4, part_size=2)
    act(leases.finish_part, claim(), REACHED)
    assert job_of(act, job_id).state == Status.QUEUED


def test_parts_need_not_begin_where_one_found_nothing(act, claim, post):
    job_id = post(n=6, part_size=2)
    begun, mine = claim(), claim()
    assert act(leases.finish_part, mine, UNREACHABLE) is False
    assert claim() is None
    assert act(leases.finish_part, begun, UNREACHABLE) is True
    act(leases.finish_job, begun, None)
    outcome = job_of(act, job_id).outcome
    assert (outcome["reason"], outcome["detail"]) == ("unreachable", "0 of 6 samples in 3 parts; no")


def test_a_running_job_is_canceled_when_its_worker_confirms(act, claim, post):
    job_id = post(n=4, part_size=2)
    mine = claim()
    assert act(store.cancel, job_id).state == Status.RUNNING
    assert claim() is None  # its other part is out of the queue
    assert act(leases.beat, mine, 60) is True
    assert act(leases.save, mine, progress(mine, 1)) is True
    act(leases.confirm_cancel, mine)
    job = job_of(act, job_id)
    assert (job.state, job.accepted, job.finished_at is None) == (Status.CANCELED, 1, False)
    act(store.retry, job_id, Settings())
    assert claim().accepted == 1


def test_cancel_does_not_wait_for_the_dead(act, claim, post):
    job_id = post()
    mine = claim(seconds=60)
    assert act(store.cancel, job_id, later(61)).state == Status.CANCELED
    with pytest.raises(LeaseLost):
        act(leases.save, mine, progress(mine, 1))


def test_a_worker_that_dies_before_it_confirms(act, claim, post):
    job_id = post()
    claim(seconds=60)
    act(store.cancel, job_id)
    assert claim(at=later(61)) is None
    assert job_of(act, job_id).state == Status.CANCELED


def test_a_job_given_back_after_cancel_is_canceled(act, claim, post):
    job_id = post()
    mine = claim()
    act(store.cancel, job_id)
    act(leases.release, mine)
    assert job_of(act, job_id).state == Status.CANCELED


def test_errors_are_tried_again_after_a_rest(act, claim, post):
    job_id = post()
    for attempt in (1, 2):
        mine = claim(at=later(100 * attempt))
        act(leases.fail, mine, "broken")
        assert claim() is None
        assert job_of(act, job_id).state == Status.QUEUED
    act(leases.fail, claim(at=later(1000)), "broken for good")
    job = job_of(act, job_id)
    assert (job.state, job.error) == (Status.FAILED, "broken for good")


def test_progress_forgives_errors(act, claim, post):
    job_id = post()
    for number in range(5):
        mine = claim(at=later(100 * number))
        act(leases.save, mine, progress(mine, 1))
        act(leases.fail, mine, "broken")
    assert job_of(act, job_id).state == Status.QUEUED


def test_a_final_error_stops_all_parts(act, claim, post):
    job_id = post(n=6, part_size=2)
    mine, other = claim(), claim()
    act(leases.fail, mine, "the disk is full", final=True)
    assert job_of(act, job_id).state == Status.FAILED
    with pytest.raises(LeaseLost):
        act(leases.save, other, progress(other, 1))
    assert claim() is None
    act(store.retry, job_id, Settings())
    assert [claim().part for _ in range(3)] == [0, 1, 2]


def test_a_part_that_kills_its_workers_fails(act, claim, post):
    job_id = post()
    for number in range(3):
        assert claim(seconds=1, at=later(10 * number))
    assert claim(at=later(10_000)) is None
    job = job_of(act, job_id)
    assert (job.state, job.error) == (Status.FAILED, "3 workers in a row died on part 0, so it was given up")


def test_deleting_a_job_takes_the_lease_away(act, claim, post):
    job_id = post()
    mine = claim()
    act(leases.save, mine, progress(mine, 1))
    act(store.delete_job, job_id)
    for write in (lambda: act(leases.beat, mine, 60), lambda: act(leases.save, mine, progress(mine, 1))):
        with pytest.raises(LeaseLost):
            write()
    assert act(lambda session: session.scalars(select(Part)).all()) == []


def test_a_sample_is_never_saved_twice(act, claim, post):
    job_id = post()
    mine = claim()
    act(leases.save, mine, progress(mine, 2))
    with pytest.raises(Exception, match=r"(?i)unique"):
        act(leases.save, mine, progress(mine, 2))
    assert (act(samples.count, job_id), job_of(act, job_id).accepted) == (2, 2)
