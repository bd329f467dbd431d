"""Jobs as users see them."""

import threading

import pytest
from sqlalchemy import select

from inverset.config.settings import Settings
from inverset.contract.errors import IdempotencyMismatch, LimitExceeded, NotFound
from inverset.jobs import claims, database, quotas, store
from inverset.jobs.filters import Filter
from inverset.jobs.lifecycle import MoveRefused, Status
from inverset.jobs.tables import Part
from tests.jobs.catalogue_of_scenes import CATALOGUE


def state(sessions, job_id):
    with sessions.begin() as session:
        return store.job(session, job_id).state


def test_a_posted_job_waits_with_its_parts(sessions, post):
    job_id = post(n=2500, seed=5)
    with sessions.begin() as session:
        job = store.job(session, job_id)
        parts = session.scalars(select(Part).order_by(Part.number)).all()
        assert (job.state, job.n, job.k, job.kind) == (Status.QUEUED, 2500, 7, "inverse set")
        assert job.ranges == [{"neuron": "fc8:volcano", "range": [1, 2]}]
        assert job.created_at.utcoffset().total_seconds() == 0
    assert [(part.first_index, part.n) for part in parts] == [(0, 1000), (1000, 1000), (2000, 500)]
    assert parts[0].seed == 5
    assert len({part.seed for part in parts}) == 3


def test_a_key_makes_one_job(sessions, post):
    first = post(key="a", body_hash="1")
    assert post(key="a", body_hash="1") == first
    assert post(key="b", body_hash="1") != first
    with pytest.raises(IdempotencyMismatch, match="'a' was used before with another body"):
        post(key="a", body_hash="2")


def test_a_key_sent_by_many_at_once_makes_one_job(post):
    made = []
    threads = [threading.Thread(target=lambda: made.append(post(key="a", body_hash="1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_what_is_not_there(sessions):
    with sessions.begin() as session:
        with pytest.raises(NotFound, match="there is no job 'job_x'"):
            store.job(session, "job_x")
        with pytest.raises(NotFound, match="no model is called 'toi'; did you mean toy"):
            store.model(session, "toi")
        for ask in (store.cancel, store.delete_job, store.last_seq, store.evidence):
            with pytest.raises(NotFound):
                ask(session, "job_x")


def test_pages_newest_first(sessions, post):
    made = [post() for _ in range(5)]
    seen, cursor = [], None
    with sessions.begin() as session:
        while True:
            page, cursor = store.jobs(session, after=cursor, limit=2)
            seen += [job.id for job in page]
            if cursor is None:
                break
    assert seen == sorted(made, reverse=True)


def test_filters(sessions, post):
    first, second = post(), post()
    with database.writing(sessions) as session:
        store.cancel(session, first)
    with sessions.begin() as session:
        assert [job.id for job in store.jobs(session, Filter(state=Status.QUEUED))[0]] == [second]
        assert len(store.jobs(session, Filter(model="toy", owner="local"))[0]) == 2
        assert store.jobs(session, Filter(model="other")) == ([], None)


def test_a_waiting_job_is_canceled_at_once(sessions, post):
    job_id = post(n=2500)
    with database.writing(sessions) as session:
        job = store.cancel(session, job_id)
        assert (job.state, job.finished_at is None) == (Status.CANCELED, False)
    with database.writing(sessions) as session:
        assert store.cancel(session, job_id).state == Status.CANCELED  # no-op


def test_only_failed_and_canceled_jobs_are_tried_again(sessions, post):
    job_id = post()
    with database.writing(sessions) as session:
        with pytest.raises(MoveRefused, match="is queued and cannot be tried again"):
            store.retry(session, job_id, Settings())
        store.cancel(session, job_id)
        job = store.retry(session, job_id, Settings())
        assert (job.state, job.cancel_requested, job.finished_at) == (Status.QUEUED, False, None)
        assert session.scalars(select(Part.state)).all() == [Status.QUEUED]


def test_a_deleted_job_is_gone_with_its_parts(sessions, post):
    job_id = post(n=2500)
    with database.writing(sessions) as session:
        assert store.delete_job(session, job_id) == f"jobs/{job_id}/"
    with sessions.begin() as session:
        assert session.scalars(select(Part)).all() == []
        assert store.jobs(session) == ([], None)


def test_a_full_queue(sessions, post):
    post()
    with sessions.begin() as session:
        quotas.check_queue(session, "local", 2)
        quotas.check_queue(session, "other", 1)
        with pytest.raises(LimitExceeded, match="1 jobs are waiting or running"):
            quotas.check_queue(session, "local", 1)


def test_every_change_is_counted(sessions, post):
    job_id = post()
    with database.writing(sessions) as session:
        before = store.last_seq(session, job_id)
        store.cancel(session, job_id)
        assert store.last_seq(session, job_id) > before


def test_a_model_published_again_takes_the_place_of_the_old(sessions):
    with database.writing(sessions) as session:
        store.publish_model(session, {**CATALOGUE, "sha256": "b" * 64})
    with sessions.begin() as session:
        assert [(model.name, model.sha256) for model in store.models(session)] == [("toy", "b" * 64)]


def test_an_ended_job_stays_ended(sessions, post):
    job_id = post()
    with database.writing(sessions) as session:
        store.cancel(session, job_id)
    assert state(sessions, job_id) == Status.CANCELED


def test_old_evidence_is_judged_by_todays_rules_when_it_is_read(sessions, post):
    job_id = post()
    former = {"samples": {"count": 60, "in_band_rate": 1.0}, "trust": {"word": "good", "reason": "It was."}}
    with sessions.begin() as session:
        assert store.trust(session, job_id) is None
        store.job(session, job_id).evidence = former | {"verdict": ["In band."], "metrics": []}
    with sessions.begin() as session:
        word, result = store.trust(session, job_id), store.evidence(session, job_id)
    assert vars(word) == result["trust"]
    assert word.word == "careful"
    assert "An earlier version" in word.reason
    assert result["verdict"][0] == "In band."


def test_evidence_with_a_judges_figures_is_judged_by_them(sessions, post):
    column = {"count": 60, "precision": 0.9, "coverage": 0.9, "recall": 0.9, "vendi": 9.0}
    column |= {"duplicates": 1.0, "sharpness": 0.1, "ks_uniform": 0.1, "ks_natural": 0.1}
    columns = {
        "samples": column,
        "as_many": column,
        "natural": {**column, "duplicates": 0.0},
        "ceiling": column,
    }
    columns |= dict.fromkeys(("jittered", "prior", "chance"))
    evidence = {
        "judge": {"name": "it", "void": False, "columns": columns},
        "samples": {"count": 60, "in_band_rate": 1.0},
        "references": {"of": 9, "in_band": 9},
        "generator": {"learnt": True},
        "nearest_reference": None,
    }
    job_id = post()
    with sessions.begin() as session:
        store.job(session, job_id).evidence = evidence
    with sessions.begin() as session:
        word, result = store.trust(session, job_id), store.evidence(session, job_id)
    assert (
        vars(word)
        == result["trust"]
        == {"word": "careful", "reason": "100% of the images are duplicates of others."}
    )


def test_a_job_put_first_is_claimed_before_its_owners_others(sessions, post):
    first, second, third = post(priority=3), post(), post()
    with database.writing(sessions) as session:
        assert store.put_first(session, third).priority == 4
        assert store.put_first(session, third).priority == 4
        assert store.put_first(session, second).priority == 5
    claims_in_order = []
    with database.writing(sessions) as session:
        while claimed := claims.claim(session, claims.Bidder("one"), Settings(max_running=9)):
            claims_in_order.append(claimed.job_id)
    assert claims_in_order == [second, third, first]


def test_beyond_the_highest_priority_the_longest_wait_decides(sessions, post):
    high, low = post(priority=100), post()
    with database.writing(sessions) as session:
        assert store.put_first(session, low).priority == 100
        claimed = claims.claim(session, claims.Bidder("one"), Settings())
        assert claimed.job_id == low
        store.cancel(session, high)
        with pytest.raises(MoveRefused, match="put first: it has ended"):
            store.put_first(session, high)
