"""Parts that the data itself says: by file, by a column, or by the end of the training rows."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.infer.roles import PARTS as WORDS
from fmbench.data.stored import Stored
from fmbench.data.table import PARTS
from fmbench.errors import DataError

Parts = npt.NDArray[np.uint8]
"""`[n]`: 0 train, 1 valid, 2 test."""


def parts_of(found: Stored, files: Any, column: str, valid_share: float) -> Parts | None:
    """Return the part of each row; None where the data does not say it.

    Args:
        found: The columns of the table.
        files: The part of each file, or nothing.
        column: The column that says the part, or nothing.
        valid_share: The share of the training rows, the last ones, that validate instead.

    Raises:
        DataError: The column holds something else than names of parts.
    """
    if not files and not column:
        return None
    parts = _of_files(found, files) if files else _of_column(found, column)
    train = np.flatnonzero(parts == 0)
    parts[train[len(train) - round(valid_share * len(train)) :]] = 1
    return parts


def _of_files(found: Stored, files: list[str]) -> Parts:
    sizes = np.diff([0, *found.ends])
    return np.repeat(np.array([PARTS.index(each) for each in files], dtype=np.uint8), sizes)


def _of_column(found: Stored, name: str) -> Parts:
    words = found.words[name].load()
    wrong = next((word for word in words if word.lower() not in WORDS), None)
    if wrong is not None:
        raise DataError(f"part column {name!r} holds {wrong!r}; expected {', '.join(PARTS)}")
    numbers = np.array([PARTS.index(WORDS[word.lower()]) for word in words], dtype=np.uint8)
    parts: Parts = numbers[found.arrays[name]]
    return parts
