"""The limits of a child process that tests a model."""

import math
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SHARE = 0.8  # of the free memory
_LEAST = 2**31  # bytes; less than that, and importing networks fails
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Limits:
    """The limits of one test; unset ones depend on the machine."""

    cpu_seconds: float = 600.0
    seconds: float = 1200.0  # in all, waiting included
    memory: int | None = None  # bytes beyond the process's at its start; None: most of the free memory

    def apply(self) -> int:
        """Limit this process permanently, and return the bytes of memory that it may use.

        Memory that is written to is what counts (RLIMIT_DATA), not files that are mapped. Where the machine runs out of it all the
        same, this process is ended before any other.
        """
        memory = self.memory or max(_LEAST, int(_SHARE * free_memory()))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seconds = math.ceil(time.process_time() + self.cpu_seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))  # SIGXCPU, then SIGKILL
        signal.setitimer(signal.ITIMER_REAL, self.seconds)  # SIGALRM
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (_written() + memory,) * 2)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
        return memory


def free_memory() -> int:
    """The bytes of memory available to this process: of the machine, or of its container if that has less."""
    with suppress(OSError, ValueError, KeyError):
        known = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return min(int(known["MemAvailable"].split()[0]) * 1024, _free_in_container())
    return _LEAST


def _free_in_container() -> int:
    try:
        most, used = ((_CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        stat = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return int(most) - int(used) + int(stat["inactive_file"])
    except (OSError, ValueError, KeyError):  # no container, or one without a limit
        return 2**63


def _written() -> int:
    """The bytes of memory that this process may write to so far."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * resource.getpagesize()
