"""kill -9 at random moments, and a Redis that forgets everything."""

import random
import time
from collections import Counter
from collections.abc import Callable

import redis

from tests.end_to_end.stack import Stack
from tests.end_to_end.team import wait_for

LONGEST_PAUSE = 1.5  # seconds
FORGETS = "redis forgets"


def kill(stack: Stack, times: int, moments: random.Random, going_on: Callable[[], bool]) -> Counter[str]:
    """One of the workers, the API or Redis, time and again while ``going_on``; gives who died how often.

    Who is to die is awaited until it is ready: a kill while it is dead or just starts would be none. Somebody has to
    start them again.
    """
    killed = Counter[str]()
    victims = [worker.name for worker in stack.workers] * 2 + ["api", "redis", FORGETS]
    while killed.total() < times and going_on():
        victim = moments.choice(victims)
        act = (lambda: forget(stack)) if victim == FORGETS else stack[victim].kill
        awaited = stack["redis" if victim == FORGETS else victim]
        wait_for(lambda: awaited.alive and awaited.ready(), 120, f"that {awaited.name} is ready")  # noqa: B023
        time.sleep(moments.uniform(0, LONGEST_PAUSE))
        act()
        killed[victim] += 1
    return killed


def forget(stack: Stack) -> None:
    """FLUSHALL, unless Redis is away just then."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
