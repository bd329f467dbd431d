"""The error that a question raises where it makes no sense; the sampler raises it, and errors of its own below it."""


class ProblemError(ValueError):
    """The question makes no sense for this model."""
