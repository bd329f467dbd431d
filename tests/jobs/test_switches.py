"""Switches of the whole service."""

import threading

import pytest

from inverset.contract.errors import Draining
from inverset.jobs import database, switches


def test_a_switch_is_turned_on_and_off(sessions):
    with database.writing(sessions) as session:
        assert not switches.is_on(session, "paused")
        switches.turn(session, "paused", on=False, by="ann")
        switches.turn(session, "paused", on=True, by="ann")
        switches.turn(session, "paused", on=True, by="bob")
    with database.writing(sessions) as session:
        assert [(each.name, each.by) for each in switches.turned_on(session)] == [("paused", "ann")]
        assert switches.is_on(session, "paused")
        assert not switches.is_on(session, "draining")
        switches.turn(session, "paused", on=False, by="bob")
        assert not switches.is_on(session, "paused")


def test_a_drained_service_takes_nothing_and_says_who_drained_it(sessions):
    with database.writing(sessions) as session:
        switches.check_taking(session)
        switches.turn(session, "draining", on=True, by="ann")
        with pytest.raises(Draining, match="ann has closed the service"):
            switches.check_taking(session)


def test_two_admins_at_once(sessions):
    together, wrong = threading.Barrier(4), []

    def turn(by):
        together.wait()
        try:
            with database.writing(sessions) as session:
                switches.turn(session, "paused", on=True, by=by)
        except Exception as error:  # noqa: BLE001
            wrong.append(error)

    threads = [threading.Thread(target=turn, args=[f"admin-{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
