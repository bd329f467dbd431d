"""The pages, one file each: a function that reads the data and names its template."""

from inverset.api.web.pages import (
    admin,
    compare,
    gallery,
    glossary,
    job,
    jobs,
    labels,
    models,
    neuron,
    neurons,
    new,
    queue,
    sample,
    sharing,
    signing,
    sweep,
)

OPEN = (signing.router,)  # for users without a key
KEYED = (
    admin.router,
    compare.router,
    gallery.router,
    glossary.router,
    job.router,
    jobs.router,
    labels.router,
    models.router,
    neuron.router,
    neurons.router,
    new.router,
    queue.router,
    sample.router,
    sharing.router,
    sweep.router,
)

__all__ = ["KEYED", "OPEN"]
