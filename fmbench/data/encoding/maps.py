"""Arrays mapped from their files, and the memory that reading them takes."""

import hashlib
import mmap
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fmbench.data.columns import Array
from fmbench.files import open_regular

AT_ONCE = 1 << 26
"""Bytes read before the memory that they took is given back."""


def map_array(path: Path) -> Array:
    """Map a .npy file privately: a reader may write to the array, and the file stays as it is.

    Raises:
        OSError: It is not there, or is not a regular file.
    """
    open_regular(path).close()
    return np.lib.format.open_memmap(path, mode="c")


def release(arrays: Iterable[Array]) -> None:
    """Give back the memory of what was read of mapped arrays; what is read again is loaded again.

    What was written to them is lost. Does nothing to arrays in memory, and nothing where the
    system has no way to ask for it.
    """
    for array in arrays:
        mapping = getattr(array, "_mmap", None)
        if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapping.madvise(mmap.MADV_DONTNEED)


def digest(array: Array) -> str:
    """Return the SHA-256 of an array's type, shape and bytes, in little memory."""
    found = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    raw = array.reshape(-1).view(np.uint8)
    for start in range(0, len(raw), AT_ONCE):
        found.update(raw[start : start + AT_ONCE].data)
        release([array])
    return found.hexdigest()
