"""A file of logits: compressed, and read into no more memory than they can need."""

import zlib

import numpy as np

from fmbench.files import LARGEST
from fmbench.record import Record

FLOAT = np.dtype("<f4")

MOST = 1 << 30
"""Bytes of logits of 268 million test rows; fmbench wrote no file that claims more."""


def most(record: Record, part: str) -> int:
    """Return how many bytes of logits of a part a record can have, if its audit knows its rows."""
    match record.audit.get("parts", {}):
        case {**parts} if isinstance(of := parts.get(part), dict):
            rows = of.get("rows")
        case _:
            rows = None
    return min(max(rows, 0) * FLOAT.itemsize, MOST) if isinstance(rows, int) else MOST


def largest(size: int) -> int:
    """Return how many bytes of a file are worth reading for `size` bytes of logits."""
    return max(LARGEST, size + (size >> 8))  # zlib adds less where it finds nothing to compress


def pack(logits: bytes) -> bytes:
    """Compress float32: bytes of the same weight side by side, of which the upper ones repeat."""
    planes = np.frombuffer(logits, np.uint8).reshape(-1, FLOAT.itemsize).T
    return zlib.compress(planes.tobytes())


def unpack(file: bytes, limit: int) -> bytes | None:
    """Return the logits in a file; None if it is not one or holds more than `limit` bytes."""
    decompressor = zlib.decompressobj()
    try:
        # One byte more, or it would stop before it has seen that nothing follows.
        content = decompressor.decompress(file, limit + 1)
    except zlib.error:
        return None
    if not decompressor.eof or len(content) > limit or len(content) % FLOAT.itemsize:
        return None
    planes = np.frombuffer(content, np.uint8)
    return planes.reshape(FLOAT.itemsize, -1).T.tobytes()
