"""A worker that dies, as of a fault in a driver, where it samples with one seed; see the clock's for how this is read."""

import os
import signal

from inverset.sampler import driver

SEED = int(os.environ["POISON_SEED"])
_answer = driver.answer


def answer(problem, question, state=None):
    if question.seed == SEED:
        os.kill(os.getpid(), signal.SIGKILL)
    return _answer(problem, question, state)


driver.answer = answer
