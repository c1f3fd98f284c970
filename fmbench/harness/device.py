"""The process that a cell runs in: threads, denormals, device, clock."""

import time

import torch

from fmbench.errors import UsageError


def prepare(device: str, threads: int) -> torch.device:
    """Set this process up for measuring and return the device.

    Denormals are flushed to zero: Adam's moments of rows that no batch reads decay into them, and
    a CPU computes on them several times more slowly.

    Raises:
        UsageError: There is no such device here; nothing falls back to another one.
    """
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        found = torch.device(device)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"device {device!r} cannot be used: {reason}", hint="--device cpu"
        ) from None
    return found


def now(device: torch.device) -> float:
    """Return seconds on a monotonic clock, after all work given to the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
