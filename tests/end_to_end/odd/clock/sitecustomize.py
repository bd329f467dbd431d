"""A machine whose clock is wrong: with this folder on PYTHONPATH, Python reads it before all else."""

import datetime as dt
import os
import time

OFF = float(os.environ["CLOCK_OFF_SECONDS"])
_datetime, _time, _time_ns = dt.datetime, time.time, time.time_ns


class _Kind(type):
    """What C code made is of this type too."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, _datetime)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, _datetime)


class Shifted(_datetime, metaclass=_Kind):
    """The type of moments, as this machine tells them."""

    @classmethod
    def now(cls, tz=None):
        return _datetime.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return _datetime.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)


Shifted.__name__ = Shifted.__qualname__ = "datetime"
Shifted.__module__ = "datetime"
dt.datetime = Shifted
time.time = lambda: _time() + OFF
time.time_ns = lambda: _time_ns() + int(OFF * 1e9)
