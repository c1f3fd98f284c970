"""Errors that say that memory is short."""

import errno
import os

import torch


def is_short(error: BaseException) -> bool:
    """Tell whether an error says that memory is short."""
    # On a CPU torch raises a plain RuntimeError, and a system call an OSError.
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        words in str(error) for words in ("can't allocate memory", os.strerror(errno.ENOMEM))
    )
