"""The client for notebooks and scripts, and the command line."""

from inverset.client import Client
from inverset.errors import ProblemResponse, ServerUnreachable

NoAnswer, Refused = ServerUnreachable, ProblemResponse  # their names in 0.1

__all__ = ["Client", "NoAnswer", "ProblemResponse", "Refused", "ServerUnreachable"]
