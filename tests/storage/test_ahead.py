"""Files are read ahead of their turn, so many at most."""

import threading
from functools import partial

import pytest

from inverset.storage import ahead


@pytest.mark.parametrize("at_once", [1, 4])
def test_all_come_in_order(at_once):
    assert list(ahead((partial(str, number) for number in range(20)), at_once)) == [
        str(number) for number in range(20)
    ]


def test_so_many_are_on_their_way_and_no_more():
    meeting, begun = threading.Barrier(4), []

    def read(number):
        begun.append(number)
        meeting.wait(10)  # nobody comes alone
        return number

    result = ahead((partial(read, number) for number in range(8)), 4)
    assert next(result) == 0
    assert sorted(begun) == [0, 1, 2, 3]
    assert list(result) == list(range(1, 8))


def test_what_goes_wrong_comes_in_its_turn():
    def fail():
        raise ConnectionError

    result = ahead([partial(str, 1), fail, partial(str, 2)], 2)
    assert next(result) == "1"
    with pytest.raises(ConnectionError):
        next(result)
