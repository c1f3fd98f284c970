"""Categories to ids: one for each distinct value of the training rows, or a share of a hash."""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import ABSENT, Column, IntArray
from fmbench.data.splits.split import Rows, chunks
from fmbench.fields import FIRST_VALUE, PADDING, UNSEEN, Field

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """The ids of a column of categories."""

    field: Field
    codes: Ids
    """The id of each of the column's values, `[m]` or `[m, width]`."""
    index: IntArray | None

    @classmethod
    def fit(
        cls, name: str, column: Column, train: Rows, *, min_count: int = 1, buckets: int = 0
    ) -> "Categories":
        """Give an id to each value that at least `min_count` training rows have.

        The others share the id of "unseen". With `buckets` a value's id is one of that many, by
        the CRC-32 of what it is called, so that the table does not grow with the data: values that
        meet there share an id (Weinberger et al., 2009, "Feature hashing").
        """
        if buckets:
            codes = _hashed(column, buckets)
            return cls(Field(name, buckets + FIRST_VALUE, column.width), codes, column.index)
        vocabulary = _vocabulary(column, train, min_count)
        field = Field(name, len(vocabulary) + FIRST_VALUE, column.width)
        return cls(field, _codes(column, vocabulary), column.index)

    @property
    def rows(self) -> IntArray:
        """What is read of the column when its ids are made."""
        return self.codes if self.index is None else self.index

    def ids(self, rows: Rows) -> Ids:
        """Return the ids of some rows, `(rows, width)`."""
        taken = self.codes[rows if self.index is None else self.index[rows]]
        return taken.reshape(len(rows), self.field.width)


def _vocabulary(column: Column, train: Rows, min_count: int) -> IntArray:
    """Return the distinct values of enough training rows, ascending."""
    counts = np.zeros(len(column.values), dtype=np.int64)
    for rows in chunks(train, column.index):
        index = rows if column.index is None else column.index[rows]
        counts += np.bincount(index, minlength=len(counts))
    used = counts > 0
    values = column.values[used]
    if min_count > 1:
        values = _once_a_row(values)
        distinct, place = np.unique(values, return_inverse=True)
        repeated = np.broadcast_to(counts[used].reshape(-1, *[1] * (values.ndim - 1)), values.shape)
        rows_of = np.bincount(place.ravel(), weights=repeated.ravel(), minlength=len(distinct))
        values = distinct[rows_of >= min_count]
    elif column.width > 1 or (values[1:] <= values[:-1]).any():
        values = np.unique(values)
    return values if column.width == 1 else values[values != ABSENT]


def _once_a_row(values: IntArray) -> IntArray:
    """Return lists `[m, width]` with ABSENT in place of what a list has already."""
    if values.ndim == 1:
        return values
    ordered = np.sort(values, axis=1)
    again = ordered[:, 1:] == ordered[:, :-1]
    ordered[:, 1:][again] = ABSENT
    return ordered


def _codes(column: Column, vocabulary: IntArray) -> Ids:
    place = np.searchsorted(vocabulary, column.values)
    place[place == len(vocabulary)] = 0
    known = vocabulary[place] == column.values if len(vocabulary) else np.zeros(place.shape, bool)
    return _padded(column, np.where(known, place + FIRST_VALUE, UNSEEN).astype(np.int32))


def _hashed(column: Column, buckets: int) -> Ids:
    distinct, place = np.unique(column.values, return_inverse=True)
    words: Any = distinct.tolist()
    if column.words is not None:
        words = [column.words[value] if value != ABSENT else "" for value in words]
    hashes = np.fromiter((zlib.crc32(str(word).encode()) for word in words), np.int64, len(words))
    codes = (hashes % buckets + FIRST_VALUE).astype(np.int32)[place].reshape(column.values.shape)
    return _padded(column, codes)


def _padded(column: Column, codes: Ids) -> Ids:
    if column.width > 1:  # a field of width 1 is never padded
        codes[column.values == ABSENT] = PADDING
    return codes
