"""Columns: categories by distinct values, and numbers; what a table is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.errors import DataError

IntArray = npt.NDArray[np.integer[Any]]
Array = npt.NDArray[Any]

_AT_ONCE = 1 << 22

LONGEST = 50
"""Words of a list that are kept."""

ABSENT = -1
"""A missing value in a multi-valued column; in a single-valued one, an ordinary category."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of categories, held as its distinct values and which of them each row has.

    Ten million ratings of six hundred movies hold each movie's genres once.
    """

    values: IntArray
    """int64 `[m]`, or `[m, width]` for a multi-valued column, filled up with ABSENT."""
    index: IntArray | None = None
    """`[n]`, row i has `values[index[i]]`; None: row i has `values[i]`."""
    words: Sequence[str] | None = None
    """What a value v stands for is `words[v]`, and nothing for ABSENT; None: the number v."""

    @property
    def width(self) -> int:
        """How many values a row can have."""
        return 1 if self.values.ndim == 1 else self.values.shape[1]

    def __len__(self) -> int:
        return len(self.values if self.index is None else self.index)

    def head(self, rows: int) -> "Column":
        """Return the first `rows` rows; the values stay, so that widths do not depend on `rows`."""
        if self.index is None:
            return replace(self, values=self.values[:rows])
        return replace(self, index=self.index[:rows])

    def take(self, rows: IntArray) -> "Column":
        """Return the rows of these numbers, in this order."""
        return replace(self, index=rows if self.index is None else self.index[rows])

    def keys(self) -> IntArray:
        """Return int32 `[n]`: rows with one value have one key; keys are dense and ordered."""
        if self.index is not None and self._numbers_itself():
            return self.index
        values, key = np.unique(self.values, return_inverse=True)
        if self.index is None:
            return key.astype(np.int32)
        used = np.zeros(len(values), dtype=bool)
        key = key.astype(np.int32)
        used[key[self.index]] = True
        return (np.cumsum(used, dtype=np.int32) - 1)[key][self.index]

    def _numbers_itself(self) -> bool:
        """Tell whether the index is dense and ordered already, as that of words in a file is."""
        n = len(self.values)
        if self.index is None or self.index.dtype != np.int32 or self.values.ndim > 1:
            return False
        if not (self.values == np.arange(n)).all():
            return False
        starts = range(0, len(self.index), _AT_ONCE)
        counts = sum(np.bincount(self.index[at : at + _AT_ONCE], minlength=n) for at in starts)
        return bool(np.all(counts))


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column of quantities, of which one can be more or less than another."""

    values: npt.NDArray[np.float64]
    """`[n]`; NaN where there is no number."""
    width = 1

    def __len__(self) -> int:
        return len(self.values)

    def head(self, rows: int) -> "Numbers":
        """Return the first `rows` rows."""
        return Numbers(self.values[:rows])

    def take(self, rows: IntArray) -> "Numbers":
        """Return the rows of these numbers, in this order."""
        return Numbers(self.values[rows])


AnyColumn = Column | Numbers


def column_of(name: str, given: Any, separator: str | None = None) -> AnyColumn:
    """Make a column of what a plugin gives: categories, numbers, or lists of categories.

    Raises:
        DataError: It is nothing of the kind.
    """
    if separator is not None:
        given = [str(cell).split(separator) for cell in given]
    if len(given) and isinstance(given[0], list | tuple | set | frozenset):
        words = (isinstance(word, str) for cell in given for word in cell)
        if any(words) or not any(map(len, given)):
            return lists(name, given)
    raw = np.asarray(given)
    if raw.dtype.kind not in "iubfOUT" or raw.ndim not in (1, 2):
        raise DataError(
            f"column {name!r} is {raw.dtype} of shape {list(raw.shape)}; "
            "expected integers, floats or strings, one row of them or a matrix of integers"
        )
    if raw.dtype.kind == "f" and raw.ndim == 1:
        return Numbers(raw.astype(np.float64))
    if raw.dtype.kind in "iub":
        values = raw.astype(np.int64)
        if raw.ndim == 2:
            return Column(values)
        distinct, index = np.unique(values, return_inverse=True)
        return Column(distinct, index.astype(np.int32))
    if raw.ndim == 2 or not all(isinstance(value, str) for value in raw):
        raise DataError(
            f"column {name!r} is not all strings; expected strings, lists of strings or numbers"
        )
    return words_of(name, raw)


def words_of(name: str, raw: Array) -> Column:
    """Number the words in sorted order."""
    if not all(isinstance(value, str) for value in raw.ravel()):
        raise DataError(f"{name} is {raw.dtype}; expected all numbers or all words")
    distinct, index = np.unique(raw, return_inverse=True)
    return Column(np.arange(len(distinct)), index.astype(np.int32), distinct.tolist())


def lists(name: str, cells: Sequence[Iterable[str]]) -> Column:
    """Return a multi-valued column of lists of words.

    Raises:
        DataError: A value in a list is no text.
    """
    distinct: dict[tuple[str, ...], int] = {}
    index = [distinct.setdefault(tuple(cell), len(distinct)) for cell in cells]
    words = (word for cell in distinct for word in cell)
    if wrong := next((word for word in words if not isinstance(word, str)), None):
        raise DataError(f"a list of column {name!r} holds {wrong!r}; expected lists of strings")
    return padded(list(distinct), np.array(index, dtype=np.int32))


def padded(cells: Sequence[Iterable[str]], index: IntArray) -> Column:
    """Return a multi-valued column: row i has the words of `cells[index[i]]`.

    Words are numbered in sorted order. A word counts once a row, and of longer lists the first
    `LONGEST` do. The width is that of the longest list.
    """
    kept = [list(dict.fromkeys(cell))[:LONGEST] for cell in cells]
    words = sorted({word for cell in kept for word in cell})
    number = {word: i for i, word in enumerate(words)}
    width = max(2, max(map(len, kept)))  # a field of width 1 is never padded
    values = np.full((len(kept), width), ABSENT)
    for row, cell in enumerate(kept):
        values[row, : len(cell)] = [number[word] for word in cell]
    return Column(values, index, words)
