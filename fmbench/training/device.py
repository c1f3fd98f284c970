"""The process that a cell runs in: threads, denormals, device, clock, torch's own cache."""

import os
import time
from contextlib import suppress

import torch
from torch import nn

from fmbench import cache
from fmbench.errors import UsageError
from fmbench.training.state import sharing


def _place_cache() -> None:
    """Have torch keep what it compiles in our cache, unless the user has said where.

    To make an optimizer is enough for torch to make that folder, among the temporary files.
    """
    place = cache.folder().absolute() / "inductor"
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(place))


_place_cache()


def find_device(device: str) -> torch.device:
    """Return the device, after one number has been there and back, and its clock been read.

    Raises:
        UsageError: There is no such device here; nothing falls back to another one.
    """
    try:
        found = torch.device(device)
        torch.zeros(1, device=found).item()
        now(found)
    except Exception as error:  # each kind of device is missing in a way of its own
        reason = str(error).partition("\n")[0].partition(". ")[0]  # some go on for a page
        raise UsageError(
            f"device {device!r} cannot be used: {reason}", hint="--device cpu"
        ) from None
    return found


def full_name(device: str) -> str:
    """Return what a record calls a device: "cpu", or a GPU by its name too.

    A device that is not there keeps the name that was asked for: a run that failed for want of it
    has a record too.
    """
    try:
        found = torch.device(device)
        return f"{device} ({torch.cuda.get_device_name(found)})" if found.type == "cuda" else device
    except Exception:  # as in `find_device`
        return device


def prepare(device: str, threads: int) -> torch.device:
    """Set this process up for measuring and return the device.

    Denormals are flushed to zero: Adam's moments of rows that no batch reads decay into them, and
    a CPU computes on them several times more slowly.

    Raises:
        UsageError: As `find_device`.
    """
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    return find_device(device)


def place(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model on a device.

    Raises:
        UsageError: Its tensors share memory; moved by torch they would not, which is another model.
    """
    if device.type != "cpu" and (pair := sharing(model)):
        raise UsageError(
            f"{pair[0]} and {pair[1]} lie in the same memory, which they would not on "
            f"{device.type}; expected one parameter under both names (a.weight = b.weight)"
        )
    return model.to(device)


def now(device: torch.device) -> float:
    """Return seconds on a monotonic clock, after all work given to the device is done."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
    return time.perf_counter()
