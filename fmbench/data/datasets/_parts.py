"""Parts that the data itself says, by file or by a column."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.infer.roles import PARTS as WORDS
from fmbench.data.stored import Stored
from fmbench.data.table import PARTS
from fmbench.errors import DataError

Parts = npt.NDArray[np.uint8]
"""`[n]`: 0 train, 1 valid, 2 test."""


def parts_of(found: Stored, files: Any, column: str) -> Parts | None:
    """Return the part of each row; None where the data does not say it.

    Args:
        found: The columns of the table.
        files: The part of each file, or nothing.
        column: The column that says the part, or nothing.

    Raises:
        DataError: The column holds something else than names of parts.
    """
    if files:
        return _of_files(found, files)
    return _of_column(found, column) if column else None


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
