"""Decodes strangers' image files in a child process: one that crashes a decoder, or takes too much, ends that process only."""

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np

from inverset.sampler.image_files import UNKNOWN_FORMAT, Pixels, Size
from inverset.worker.decode_child import HEAD, SECONDS, DecodeRequest

_IN_ALL = 90.0  # seconds of a request, however many of its files end the process
_LATE = 5.0  # seconds after its limit, at which a child that has not ended is killed
_LONGEST, _LONGEST_BYTES = 300, 10_000  # of a reason: characters that are shown, bytes that are read
_KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG")  # of the environment, which holds secrets
CHILD = "inverset.worker.decode_child"
_ENDED = "it ended the process that was to decode it: it is damaged, or takes too much memory or time"
_TOO_LATE = "it was not decoded: the files before it took too long"
NOT_AN_IMAGE = "it is not a PNG, JPEG or WebP image"


def decode(files: Sequence[bytes], size: Size) -> list[Pixels | str]:
    """For each file its image, resized by its shorter side and centre-cropped to ``size``, or the reason why there is none."""
    answers: list[Pixels | str] = []
    end = time.monotonic() + _IN_ALL
    while len(answers) < len(files) and (left := end - time.monotonic()) > 0:
        remaining = files[len(answers) :]
        decoded = _parsed(_run(DecodeRequest(list(remaining), size), min(left, SECONDS + _LATE)), size)
        answers += decoded[: len(remaining)]
        if len(decoded) < len(remaining):
            answers.append(_ENDED)  # it came to this one
    return answers + [_TOO_LATE] * (len(files) - len(answers))


def _run(request: DecodeRequest, seconds: float) -> bytes:
    """What a child process wrote until its end."""
    process = subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, "-P", "-m", CHILD],
        env={name: os.environ[name] for name in _KEPT if name in os.environ}
        | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "MALLOC_ARENA_MAX": "2"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C comes to us alone
    )
    timer = threading.Timer(seconds, process.kill)
    with process, _running(timer):
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - they are pipes
        with suppress(BrokenPipeError), process.stdin as pipe:  # it may end at any time
            pipe.write(pickle.dumps(request))
        output = process.stdout.read(_longest(request))
        process.kill()  # it has nothing left to say, or says more than it may
    return output


@contextmanager
def _running(timer: threading.Timer) -> Iterator[None]:
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _longest(request: DecodeRequest) -> int:
    """The bytes that an honest child writes at most."""
    return len(request.files) * (HEAD.size + max(int(np.prod((*request.size, 3))), _LONGEST_BYTES))


def _parsed(output: bytes, size: Size) -> list[Pixels | str]:
    """The answers in a child's output: plain bytes, since a file may have taken the child over. What does not fit ends them."""
    answers: list[Pixels | str] = []
    shape = (*size, 3)
    while len(output) >= HEAD.size:
        good, length = HEAD.unpack_from(output)
        content, output = output[HEAD.size : HEAD.size + length], output[HEAD.size + length :]
        if len(content) < length or (good and length != np.prod(shape)):
            break
        answers.append(np.frombuffer(content, np.uint8).reshape(shape) if good else _reason(content))
    return answers


def _reason(content: bytes) -> str:
    text = content.decode(errors="replace")[:_LONGEST]
    if text == UNKNOWN_FORMAT or "cannot identify" in text:
        return NOT_AN_IMAGE
    return text if text.startswith("it ") else f"it cannot be decoded: {text}"
