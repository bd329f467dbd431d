"""``python -m inverset.worker.decode_child``: decodes strangers' image files within limits, so that a hostile file ends this process only.

It imports no torch, so that it starts in a tenth of a second, and is given no setting, no key and no file of the service. The answer
is written image by image: when one ends the process, the parent knows which.
"""

import pickle
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from inverset.contract.image_tries import MOST_PIXELS
from inverset.sampler.image_files import Size, Undecodable, decoded

FORMATS = ("PNG", "JPEG", "WEBP")
HEAD = struct.Struct(">?I")  # before each answer: whether it is pixels, and its bytes
SECONDS, CPU_SECONDS = 40.0, 15
MEMORY = 1 << 30  # bytes, of an image of MOST_PIXELS in any mode and its copies
_FILES = 64  # that may be open: modules of decoders are read late


class DecodeRequest(NamedTuple):
    """The files to decode, and the size of the results."""

    files: list[bytes]
    size: Size


def main() -> None:
    """Decode what the parent process wrote to the standard input; pixels or a reason go to the standard output."""
    _limit()
    Image.MAX_IMAGE_PIXELS = None  # there is a lower limit of our own, with a clearer message
    request: DecodeRequest = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - of the parent process
    for content in request.files:
        good, answer = _answer(content, request.size)
        sys.stdout.buffer.write(HEAD.pack(good, len(answer)) + answer)
        sys.stdout.buffer.flush()


def _answer(content: bytes, size: Size) -> tuple[bool, bytes]:
    try:
        return True, decoded(content, size, FORMATS, MOST_PIXELS).tobytes()
    except Undecodable as error:
        return False, str(error).encode()


def _limit() -> None:
    """Limit this process permanently; it writes no file and starts no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
