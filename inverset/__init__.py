"""What a person types or imports."""

from inverset.client import Client
from inverset.errors import NoAnswer, Refused

__all__ = ["Client", "NoAnswer", "Refused"]
