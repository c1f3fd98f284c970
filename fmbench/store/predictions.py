"""Files of predictions: whose they are, and whether they are whole.

Test logits are named by the hash that their record names. Records do not name validation logits,
as they are older: the file's name begins with the record's test logits and case, and ends with the
hash of its own content.
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fmbench.errors import StoreError
from fmbench.files import read
from fmbench.record import Record
from fmbench.store.logits import FLOAT, largest, most, unpack


class Missing(StoreError):
    """Predictions that are not there: they are kept out of git, and a clone is without them."""


def valid_name(record: Record, logits: bytes | None = None) -> str:
    """Return the name of the file of a record's validation logits, or a pattern that it fits."""
    end = "*" if logits is None else _named(logits)
    return f"{(record.predictions or '')[:16]}-{record.spec.case}-{end}.f32z"


def read_logits(path: Path, record: Record, part: str, root: Path) -> NDArray[np.float32]:
    """Return the logits of a part in a file of a store, `(rows,)`, in the order of the split.

    Raises:
        Missing: The file is not there.
        StoreError: It cannot be read, or its content is not what it should be.
    """
    what = f"predictions {path.name!r} of {record.spec.cell}"
    try:
        limit = most(record, part)
        logits = unpack(read(path, largest(limit), within=root), limit)
    except FileNotFoundError as error:
        raise Missing(f"{what} are not there; expected the logits of its {part} rows") from error
    except OSError as error:
        raise StoreError(f"{what} cannot be read: {error.strerror or error}") from error
    if logits is None or not _is_of(logits, path, record, part):
        raise StoreError(f"{what} are damaged: their hash differs", "fmbench doctor DIR")
    return np.frombuffer(logits, FLOAT).astype(np.float32)


def _is_of(logits: bytes, path: Path, record: Record, part: str) -> bool:
    if part == "test":
        return hashlib.sha256(logits).hexdigest() == record.predictions
    return path.name == valid_name(record, logits)


def _named(logits: bytes) -> str:
    return hashlib.sha256(logits).hexdigest()[:16]
