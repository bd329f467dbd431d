"""The error of a question that makes no sense, and base of the sampler's own errors."""


class ProblemError(ValueError):
    """The question makes no sense for this model."""
