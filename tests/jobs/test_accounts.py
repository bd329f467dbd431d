"""Users, and keys of which only a digest is kept."""

import hmac
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from inverset.contract.errors import Conflict, InvalidSpec, NotFound, Unauthenticated
from inverset.jobs import accounts, clock, database
from inverset.jobs.access import Caller
from inverset.jobs.tables import Key, User

BAD_NAMES = [
    "", ".", "..", "-ann", "ann bob", "ann/bob", "../ann", "ann\n", "ann\r\nX-Admin: 1", "ann\0", "änn", "a" * 65,
    "ann%2f", "<b>", "ann;drop", "\uff10",
]  # fmt: skip


@pytest.fixture
def key(sessions):
    """A member's key."""
    with database.writing(sessions) as session:
        accounts.add_user(session, "ann", weight=2.0)
        return accounts.make_key(session, "ann")


def known(sessions, text):
    with sessions.begin() as session:
        return accounts.authenticate(session, text)


def changed(sessions, key, **values):
    with database.writing(sessions) as session:
        session.execute(update(Key).where(Key.id == key.row.id).values(**values))


def test_the_local_admin_is_there(sessions):
    with sessions.begin() as session:
        assert [(user.name, user.role) for user in accounts.users(session)] == [("local", "admin")]


def test_a_key_says_whose_it_is(sessions, key):
    assert known(sessions, key.text).caller == Caller("ann", "member")
    assert re.fullmatch(r"inv_[0-9a-f]{8}_[\w-]{43}", key.text)


def test_the_database_does_not_know_the_secret(sessions, key):
    secret = key.text[13:]
    with sessions.begin() as session:
        for table in (Key, User):
            rows = session.execute(select(table.__table__)).all()
            assert secret not in str(rows)
        assert re.fullmatch("[0-9a-f]{64}", session.scalar(select(Key.digest)))


@pytest.mark.parametrize("text", ["", "inv_", "Bearer", "é", "inv_00000000_" + "a" * 43, "inv_" + "\0" * 52])
def test_a_key_that_is_none(sessions, key, text):
    with pytest.raises(Unauthenticated, match="no such key"):
        known(sessions, text)


def test_a_key_with_another_secret(sessions, key):
    with pytest.raises(Unauthenticated, match="no such key"):
        known(sessions, key.text[:13] + "a" * 43)


def test_an_expired_key(sessions, key):
    with sessions.begin() as session:
        at = clock.now(session)
    changed(sessions, key, expires_at=at + timedelta(minutes=1))
    assert known(sessions, key.text).caller.name == "ann"
    changed(sessions, key, expires_at=at - timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match="has expired"):
        known(sessions, key.text)
    with pytest.raises(
        Unauthenticated, match="no such key"
    ):  # whoever does not have the secret learns nothing
        known(sessions, key.text[:13] + "a" * 43)


def test_a_revoked_key(sessions, key):
    with database.writing(sessions) as session:
        with pytest.raises(NotFound, match="no key"):
            accounts.revoke(session, key.row.id, Caller("bob"))
        first = accounts.revoke(session, key.row.id, Caller("ann")).revoked_at
        assert accounts.revoke(session, key.row.id, Caller("root", "admin")).revoked_at == first
    with pytest.raises(Unauthenticated, match="was revoked"):
        known(sessions, key.text)


def test_unknown_ids_cost_the_same_comparison(sessions, key, monkeypatch):
    compared = []
    monkeypatch.setattr(hmac, "compare_digest", lambda one, two: compared.append((one, two)) or one == two)
    for text in (key.text, key.text[:13] + "a" * 43, "inv_00000000_" + "a" * 43, "nothing"):
        try:
            known(sessions, text)
        except Unauthenticated:
            continue
    assert [(len(one), len(two)) for one, two in compared] == [(64, 64)] * 4


def test_its_use_is_noted_to_the_minute(sessions, key):
    assert known(sessions, key.text).stale
    with database.writing(sessions) as session:
        accounts.note_use(session, key.row.id)
    assert not known(sessions, key.text).stale
    with sessions.begin() as session:
        noted = session.get(Key, key.row.id).last_used_at
    with database.writing(sessions) as session:
        accounts.note_use(session, key.row.id)
    with sessions.begin() as session:
        assert session.get(Key, key.row.id).last_used_at == noted
    changed(sessions, key, last_used_at=noted - timedelta(minutes=2))
    assert known(sessions, key.text).stale


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_nobody_may_have(sessions, name):
    with database.writing(sessions) as session, pytest.raises(InvalidSpec, match="is not a valid user name"):
        accounts.add_user(session, name)


def test_a_name_is_one_users(sessions, key):
    with database.writing(sessions) as session:
        with pytest.raises(Conflict, match="already a user ann"):
            accounts.add_user(session, "ann")
        with pytest.raises(NotFound, match="no user 'bob'"):
            accounts.make_key(session, "bob")
        assert accounts.change_user(session, "ann", weight=3).weight == 3
        assert accounts.change_user(session, "ann", role="admin").weight == 3
    assert known(sessions, key.text).caller.admin


class TestTheLastAdmin:
    """No change leaves a server without an admin who can sign in."""

    @pytest.fixture
    def root(self, sessions):
        with database.writing(sessions) as session:
            accounts.add_user(session, "root", role="admin")
            return accounts.make_key(session, "root").row.id

    def second(self, sessions, **key):
        with database.writing(sessions) as session:
            accounts.add_user(session, "ada", role="admin")
            made = accounts.make_key(session, "ada", **key).row
            return made.id

    def test_cannot_be_made_a_member_or_lose_the_only_key(self, sessions, root):
        with database.writing(sessions) as session:
            with pytest.raises(Conflict, match="the last admin"):
                accounts.change_user(session, "root", role="member")
            with pytest.raises(Conflict, match="the only valid key"):
                accounts.revoke(session, root, Caller("root", "admin"))
            accounts.change_user(session, "root", weight=2.0, role="admin")

    def test_may_go_once_another_has_a_good_key(self, sessions, root):
        other = self.second(sessions)
        with database.writing(sessions) as session:
            accounts.change_user(session, "root", role="member")
            accounts.revoke(session, root, Caller("root"))
            with pytest.raises(Conflict):
                accounts.revoke(session, other, Caller("ada", "admin"))

    def test_is_not_helped_by_an_admin_whose_key_has_expired(self, sessions, root):
        other = self.second(sessions, days=1)
        with database.writing(sessions) as session:
            session.get(Key, other).expires_at = clock.now(session) - timedelta(seconds=1)
        with database.writing(sessions) as session, pytest.raises(Conflict):
            accounts.change_user(session, "root", role="member")

    def test_stays_where_two_make_each_other_members_at_the_same_time(self, sessions, root):
        self.second(sessions)
        ready = threading.Barrier(2)

        def demote(name):
            ready.wait(10)
            try:
                with database.writing(sessions) as session:
                    accounts.change_user(session, name, role="member")
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(demote, ["root", "ada"])) == [False, True]
