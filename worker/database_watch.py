"""Whether the database was away of late: then its silence kept others from renewing their leases too."""

import time
from datetime import timedelta

from inverset.jobs import database


class DatabaseWatch:
    """What this worker has seen of the database; ``lease_seconds`` are those of all workers.

    Leases run out while the database is away. Whoever reaches it first, after that, leaves the others the time of a lease to
    renew theirs, and takes nobody for dead who was only cut off.
    """

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._away = False
        self._back_at = float("-inf")

    def missed(self, error: BaseException) -> None:
        """Note an error of the database; one that means nothing of the kind is passed over."""
        self._away = self._away or database.is_away(error)

    def reached(self) -> None:
        """Note an answer of the database."""
        if self._away:
            self._away, self._back_at = False, time.monotonic()

    @property
    def grace(self) -> timedelta:
        """For how much longer than their leases others are left their parts."""
        lately = self._away or time.monotonic() < self._back_at + self._lease_seconds
        return timedelta(seconds=self._lease_seconds if lately else 0.0)
