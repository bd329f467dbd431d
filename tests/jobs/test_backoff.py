from inverset.jobs.backoff import Backoff


def test_pauses_grow_to_the_longest_and_begin_again():
    backoff = Backoff(0.5, 3.0)
    assert [backoff.advance() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.reset()
    assert (backoff.pause, backoff.advance(), backoff.advance()) == (0.5, 0.5, 1.0)


def test_by_another_factor():
    backoff = Backoff(1.0, 10.0, factor=1.5)
    assert [backoff.advance() for _ in range(3)] == [1.0, 1.5, 2.25]
