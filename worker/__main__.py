"""``python -m worker``: one worker, as the environment says; SIGTERM and Ctrl-C end it within seconds."""

from jobs.settings import Settings
from worker.process import run

if __name__ == "__main__":
    run(Settings())
