"""A file of logits: compressed, and read into no more memory than they can need."""

import zlib

import numpy as np

FLOAT = np.dtype("<f4")

MOST = 1 << 30
"""Bytes of logits, of 268 million test rows: what claims to be more is no file of fmbench's."""


def pack(logits: bytes) -> bytes:
    """Compress float32: bytes of the same weight side by side, of which the upper ones repeat."""
    planes = np.frombuffer(logits, np.uint8).reshape(-1, FLOAT.itemsize).T
    return zlib.compress(planes.tobytes())


def unpack(file: bytes, most: int) -> bytes | None:
    """Return the logits in a file; None if it is no such file or holds more than `most` bytes."""
    decompressor = zlib.decompressobj()
    try:
        # One byte more, or it would stop before it has seen that nothing follows.
        content = decompressor.decompress(file, most + 1)
    except zlib.error:
        return None
    if not decompressor.eof or len(content) > most or len(content) % FLOAT.itemsize:
        return None
    planes = np.frombuffer(content, np.uint8)
    return planes.reshape(FLOAT.itemsize, -1).T.tobytes()
