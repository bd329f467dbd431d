"""All faults at length: ``make soak``. Prints what was done to the service and what the ledger found."""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end import faults
from tests.end_to_end.kills import kill
from tests.end_to_end.site import Site, site

N = 24  # samples of a job among faults that come one by one


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak ARGS=...", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=30, help="during the kills")
    parser.add_argument("-n", type=int, default=60, help="samples of each of these")
    parser.add_argument("--outage", type=float, default=60, help="seconds without files, and of slow ones")
    parser.add_argument("--delay", type=float, default=2, help="seconds, of slow files")
    parser.add_argument("--rounds", type=int, default=1, help="of everything")
    parser.add_argument("--seed", type=int, default=0, help="of the kills' moments")
    expected = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inverset-soak-") as folder, site(Path(folder)) as here:
        for number in range(expected.rounds):
            suffer(here, expected, expected.seed + number)
        here.team.settle_all()
        tell(f"{len(here.team.jobs)} jobs, every sample as undisturbed")


def suffer(here: Site, wanted: argparse.Namespace, seed: int) -> None:
    """One round."""
    each(here, "kill -9", lambda: str(killed(here, wanted, random.Random(seed))))
    each(here, "PostgreSQL restarted, and killed", lambda: faults.restart_postgres(here, N))
    each(here, "files refused", lambda: faults.refuse_files(here, wanted.n * 2, wanted.outage))
    each(here, "files slow", lambda: faults.slow_files(here, wanted.n * 2, wanted.outage, wanted.delay))
    if here.disk is not None:
        each(here, "disk full", lambda: faults.fill_disk(here, N))
    each(here, "worker frozen", lambda: faults.freeze(here, N))
    each(here, "worker frozen in a transaction", lambda: faults.freeze_in_transaction(here, N))
    each(here, "clocks wrong", lambda: faults.shift_clocks(here, N))
    each(here, "SIGTERM in between", lambda: faults.end_in_between(here, N))
    each(here, "poison", lambda: faults.poison(here, N))


def killed(here: Site, wanted: argparse.Namespace, moments: random.Random) -> dict[str, int]:
    """Jobs are posted while others are killed. Gives who was killed how often."""
    left = list(range(wanted.jobs))

    def post() -> None:
        while left:
            here.team.ask(left[0], wanted.n)
            left.pop(0)

    posting = threading.Thread(target=post, name="posting")
    posting.start()
    done = kill(here.stack, wanted.kills, moments, lambda: bool(left) or not here.team.ended())
    posting.join()
    assert done.total() == wanted.kills, f"too quick jobs to be killed so often: {done}"
    return dict(done)


def each(here: Site, name: str, fault: Callable[[], str | None]) -> None:
    """A fault, the end of all jobs, and the check."""
    began, before, starts = time.monotonic(), len(here.team.jobs), here.supervisor.starts.total()
    output = fault()
    swept = here.team.settle(1800)
    messages = [
        f"{name}: {time.monotonic() - began:.0f} s, {len(here.team.jobs) - before} jobs",
        f"{here.keeper.starts.total() - starts} restarts",
        f"{swept} files without a row swept",
        *([output] if output else []),
    ]
    tell(", ".join(messages))


def tell(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
