"""Checks that the device still computes. A GPU can fail in a running process, and only a new process gets it back."""

import torch

from inverset.contract.errors import first_line

SIZE = 64
TOTAL = 1 * SIZE * sum(range(SIZE)) * SIZE  # of ones (SIZE, SIZE) times columns of 0, 1, 2 ...


LOST = 75  # the exit code of a process whose device is lost; sysexits.h calls it a failure that will pass


class DeviceLost(Exception):
    """Raised where the device has stopped computing: this process has to end, and its supervisor starts another."""


def named(device: str) -> str:
    """The device's name for display."""
    kind = torch.device(device)
    return f"{device} ({torch.cuda.get_device_name(kind)})" if kind.type == "cuda" else device


def check(device: str) -> None:
    """Multiply two small matrices with a known product.

    Raises:
        DeviceLost: it fails or is wrong.
    """
    try:
        column = torch.arange(SIZE, dtype=torch.float64, device=device)
        total = (
            (torch.ones(SIZE, SIZE, dtype=torch.float64, device=device) @ column.expand(SIZE, SIZE).T)
            .sum()
            .item()
        )
    except (
        AssertionError,
        RuntimeError,
    ) as error:  # torch.AcceleratorError is the latter, no CUDA in torch the former
        raise DeviceLost(f"{device}: {first_line(error)}") from error
    if total != TOTAL:
        raise DeviceLost(f"{device}: a sum of {TOTAL} came out as {total}")


def blames_device(error: BaseException) -> bool:
    """Whether an error may be the device's fault; running out of memory is the job's."""
    if isinstance(error, torch.OutOfMemoryError):
        return False
    return isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError) and "CUDA" in str(error)
    )
