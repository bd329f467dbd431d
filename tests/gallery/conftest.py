"""The database of the tests of jobs."""

from tests.jobs.conftest import post, sessions

__all__ = ["post", "sessions"]
