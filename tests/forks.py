"""Processes that need not import torch first, for it takes longer than most of what they are to do.

Each is forked off one process that has imported all and done nothing else.
"""

import multiprocessing

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["inverset.worker.process", "inverset.cli", "inverset.local"])
