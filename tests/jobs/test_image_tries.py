"""Images wait for a worker and are gone minutes later; no user takes the room of all."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from inverset.config.settings import Settings
from inverset.contract.errors import Draining, InvalidSpec, LimitExceeded, NotFound
from inverset.contract.image_tries import MOST_BYTES, MOST_IMAGES, DrivenUnit, TriedImage
from inverset.jobs import accounts, clock, database, image_tries, switches, upkeep
from inverset.jobs.image_tries import MOST_UNFINISHED, Sent
from inverset.jobs.lifecycle import Status
from inverset.jobs.tables import ImageTry

SENT = [Sent("a.png", b"first"), Sent("natural image 5", reference=5), Sent("b.png", b"second")]


@pytest.fixture
def act(sessions):
    """Call a function in a transaction of its own."""

    def act(function, *arguments):
        with database.writing(sessions) as session:
            return function(session, *arguments)

    return act


@pytest.fixture
def add(act):
    """Queue images; gives the id."""

    def add(owner="local", images=SENT, model="toy"):
        return act(image_tries.add, owner, model, "fc8:0", images).id

    return add


def later(sessions, seconds):
    with database.writing(sessions) as session:
        return clock.now(session) + timedelta(seconds=seconds)


def test_a_worker_takes_what_was_sent_and_takes_it_out(act, add):
    first, second = add(), add(images=[Sent("c.png", b"third")])
    taken = act(image_tries.take, ["other", "toy"])
    assert (taken.id, taken.model, taken.neuron, taken.images) == (first, "toy", "fc8:0", SENT)
    row = act(lambda session: session.get(ImageTry, first))
    assert row.state is Status.RUNNING
    assert act(lambda session: session.get(ImageTry, first).content) is None
    assert act(image_tries.take, ["toy"]).id == second
    assert act(image_tries.take, ["toy"]) is None


def test_results_are_their_owners_and_can_be_deleted(act, add):
    act(accounts.add_user, "ann")
    mine = add("ann")
    act(image_tries.take, ["toy"])
    results = [
        TriedImage("a.png", 1.5, 97.0, (DrivenUnit("fc8:3", 2.0, 99.0),), 12),
        TriedImage("b", error="no"),
    ]
    act(image_tries.answer, mine, results)
    row = act(image_tries.one, "ann", mine)
    assert (row.state, row.images[0]["units"][0]["percentile"], row.images[1]["error"]) == (
        "succeeded",
        99.0,
        "no",
    )
    for function in (image_tries.one, image_tries.remove):
        with pytest.raises(NotFound):
            act(function, "local", mine)
    act(image_tries.remove, "ann", mine)
    with pytest.raises(NotFound):
        act(image_tries.one, "ann", mine)
    act(image_tries.answer, mine, results)  # too late, and no error


def test_all_is_deleted_when_its_time_is_over(act, add, sessions):
    waiting, done = add(), add()
    act(image_tries.tidy, later(sessions, 590))
    assert act(image_tries.one, "local", done)
    act(image_tries.tidy, later(sessions, 601))
    for each in (waiting, done):
        with pytest.raises(NotFound, match="deleted after 10 minutes"):
            act(image_tries.one, "local", each)


def test_upkeep_deletes_too(act, add, sessions, monkeypatch):
    made, late = add(), later(sessions, 601)
    monkeypatch.setattr(clock, "now", lambda _: late)
    act(upkeep.reap, Settings())
    assert act(lambda session: session.get(ImageTry, made)) is None


def test_expired_results_are_not_shown_before_they_are_deleted(act, add, sessions, monkeypatch):
    made, late = add(), later(sessions, 601)
    monkeypatch.setattr(clock, "now", lambda _: late)
    with pytest.raises(NotFound):
        act(image_tries.one, "local", made)
    assert act(image_tries.take, ["toy"]) is None


def test_what_a_lost_worker_took_says_so_and_is_not_computed_again(act, add, sessions):
    made = add()
    act(image_tries.take, ["toy"])
    act(image_tries.tidy, later(sessions, 301))
    row = act(image_tries.one, "local", made)
    assert (row.state, row.error) == (
        Status.FAILED,
        "the worker that took the images has ended; send them again",
    )
    assert act(image_tries.take, ["toy"]) is None


@pytest.mark.parametrize(
    ("images", "why"),
    [
        ([], "there is no image"),
        ([Sent("a", b"x")] * (MOST_IMAGES + 1), "there are 17 images; send at most 16 at once"),
        (
            [Sent("a", b"x"), Sent("big.png", bytes(MOST_BYTES + 1))],
            "big.png has 10,000,001 bytes; an image may have 10,000,000",
        ),
        ([Sent("none.png", b"")], "none.png is empty"),
    ],
)
def test_limits(add, images, why):
    with pytest.raises(InvalidSpec, match=why):
        add(images=images)


def test_a_drained_service_takes_none(act, add):
    act(lambda session: switches.turn(session, "draining", on=True, by="root"))
    with pytest.raises(Draining):
        add()


def test_a_user_has_few_under_way_also_at_once(sessions, act, add):
    act(accounts.add_user, "ann")
    together, made, refused = threading.Barrier(8), [], []

    def post():
        together.wait()
        try:
            made.append(add())
        except LimitExceeded as error:
            refused.append(str(error))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(made), len(refused)) == (MOST_UNFINISHED, 8 - MOST_UNFINISHED)
    add("ann")
    act(image_tries.answer, made[0], [])
    add()


def test_postgres_writes_no_log_of_them(sessions):
    """What SQLite does of them is in tests/worker/test_image_tries.py."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            query = text("select relpersistence from pg_class where relname = 'image_tries'")
            assert session.scalar(query) == "u"
