"""The state machine, and the errors that users read."""

import pytest

from inverset.contract.errors import Complaint, InvalidSpec
from inverset.jobs.lifecycle import ACTIVE, ENDED, MOVES, MoveRefused, Status, check_move


@pytest.mark.parametrize("state", Status)
@pytest.mark.parametrize("to", Status)
def test_every_pair_of_states(state, to):
    if to in MOVES[state]:
        check_move("job_1", state, to)
    else:
        with pytest.raises(MoveRefused, match=f"job job_1 is {state} and cannot be {to}"):
            check_move("job_1", state, to)


def test_every_state_is_active_or_ended():
    assert sorted([*ACTIVE, *ENDED]) == sorted(Status)
    assert MOVES[Status.SUCCEEDED] == frozenset()


def test_complaints_are_one_message():
    wrong = InvalidSpec([Complaint(["n"], "n is 0"), Complaint(["k"], "k is 0")])
    assert str(wrong) == "n is 0; k is 0"
