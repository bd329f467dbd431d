"""The doorbell, on a real Redis: it rings where one listens, and harms nobody where none does."""

import logging
import time

import pytest

from inverset.config.settings import Settings
from inverset.jobs.queue import LATE, RedisDoorbell, make_celery, ring

QUICK = 0.05  # seconds for a hundred announcements


@pytest.fixture
def listen():
    """Hear bells as a worker's queue does; gives the function that takes the next one, or None."""
    connections = []

    def listen(url):
        connection = make_celery(Settings(redis_url=url), "ear").connection_for_read()
        connections.append(connection)
        [_, queue] = make_celery(Settings(redis_url=url), "ear").conf.task_queues
        heard = []
        consumer = connection.Consumer(
            [queue], callbacks=[lambda _, message: (heard.append(message), message.ack())]
        )
        consumer.consume()

        def take(seconds=5):
            deadline = time.monotonic() + seconds
            while not heard and time.monotonic() < deadline:
                try:
                    connection.drain_events(timeout=0.1)
                except TimeoutError:
                    continue
            return heard.pop(0) if heard else None

        take(0.3)  # subscribe
        return take

    yield listen
    for each in connections:
        each.release()


def test_every_worker_hears_a_bell(mortal_redis, listen):
    first, second = listen(mortal_redis.url), listen(mortal_redis.url)
    ring(make_celery(Settings(redis_url=mortal_redis.url)))
    for take in (first, second):
        message = take()
        assert message.headers["task"] == "inverset.tick"
        assert message.headers["expires"] is not None
        assert message.properties["expiration"] == str(1000 * LATE)


def test_bells_leave_nothing_behind(mortal_redis):
    app = make_celery(Settings(redis_url=mortal_redis.url))
    for _ in range(10):
        ring(app)
    with app.connection_for_read() as connection:
        assert connection.default_channel.client.keys("*") == []


def test_an_announcement_is_heard(mortal_redis, listen):
    take, bell = listen(mortal_redis.url), RedisDoorbell(Settings(redis_url=mortal_redis.url))
    bell.announce()
    assert take() is not None
    bell.close()


@pytest.mark.parametrize("trouble", ["stop", "kill"])
def test_nobody_waits_for_a_redis_in_trouble(mortal_redis, trouble):
    bell = RedisDoorbell(Settings(redis_url=mortal_redis.url))
    getattr(mortal_redis, trouble)()
    began = time.monotonic()
    for _ in range(100):
        bell.announce()
    assert time.monotonic() - began < QUICK
    bell.close()


def test_a_redis_that_is_gone_is_told_once_and_found_again(mortal_redis, listen, caplog):
    caplog.set_level(logging.WARNING, "inverset.jobs.queue")
    bell = RedisDoorbell(Settings(redis_url=mortal_redis.url))
    mortal_redis.kill()
    for _ in range(3):
        bell.announce()
        time.sleep(1)
    assert [record.name for record in caplog.records].count("inverset.jobs.queue") == 1
    mortal_redis.start()
    take = listen(mortal_redis.url)
    bell.announce()
    assert take() is not None
    bell.close()
