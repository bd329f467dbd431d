"""``python -m inverset.worker``: one worker, configured by the environment; SIGTERM and Ctrl-C end it within seconds."""

from inverset.config.settings import Settings
from inverset.worker.process import run

if __name__ == "__main__":
    run(Settings())
