"""A worker that dies, as of a fault in a driver, where it samples with one seed; see the clock's for how this is read."""

import os
import signal

from inverset.sampler import driver

SEED = int(os.environ["POISON_SEED"])
_run = driver.run


def run(problem, method_name, options, request, state=None):
    if request.seed == SEED:
        os.kill(os.getpid(), signal.SIGKILL)
    return _run(problem, method_name, options, request, state)


driver.run = run
