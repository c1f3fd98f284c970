"""Table: raw columns, a rating, a time; what a dataset's own code hands over to the shared rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.errors import DataError

IntArray = npt.NDArray[np.integer[Any]]
Array = npt.NDArray[Any]

ABSENT = -1
"""A missing value in a multi-valued column; in a single-valued one, an ordinary category."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A raw column, held as its distinct values and, for each row, which of them it has.

    Ten million ratings of six hundred movies hold each movie's genres once.
    """

    values: IntArray
    """int64 `[m]`, or `[m, width]` for a multi-valued column, filled up with ABSENT."""
    index: IntArray | None = None
    """`[n]`, row i has `values[index[i]]`; None: row i has `values[i]`."""

    @property
    def width(self) -> int:
        """How many values a row can have."""
        return 1 if self.values.ndim == 1 else self.values.shape[1]

    def __len__(self) -> int:
        return len(self.values if self.index is None else self.index)

    def head(self, rows: int) -> "Column":
        """Return the first `rows` rows; the values stay, so that widths do not depend on `rows`."""
        if self.index is None:
            return Column(self.values[:rows])
        return Column(self.values, self.index[:rows])

    def keys(self) -> IntArray:
        """Return int32 `[n]`: rows with one value have one key; keys are dense and ordered."""
        values, key = np.unique(self.values, return_inverse=True)
        if self.index is None:
            return key.astype(np.int32)
        used = np.zeros(len(values), dtype=bool)
        key = key.astype(np.int32)
        used[key[self.index]] = True
        return (np.cumsum(used, dtype=np.int32) - 1)[key][self.index]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Ratings as they stand in the files, before any choice of label, split or encoding."""

    columns: Mapping[str, Column]
    """Field name to raw column, in field order."""
    rate: Array
    """`[n]`, what the label rule is applied to."""
    time: IntArray
    """int64 `[n]`, UNIX seconds."""
    user: str = "user"
    item: str = "movie"

    def __post_init__(self) -> None:
        if not len(self):
            raise DataError("the table has no rows; expected at least one")
        for name, column in self.columns.items():
            if len(column) != len(self):
                raise DataError(
                    f"column {name!r} has {len(column)} rows; expected {len(self)}, one a rate"
                )
            index = column.index
            if index is not None and not 0 <= index.min() <= index.max() < len(column.values):
                raise DataError(f"column {name!r} has an index outside of its values")
        if self.rate.ndim != 1 or self.rate.dtype.kind not in "biuf":
            shape = list(self.rate.shape)
            raise DataError(
                f"rate is {self.rate.dtype} of shape {shape}; expected a row of numbers"
            )
        if not np.isfinite(self.rate).all():
            raise DataError(f"rate of row {int(np.isfinite(self.rate).argmin())} is not finite")
        if len(self.time) != len(self):
            raise DataError(
                f"there are {len(self.time)} times and {len(self)} rates; expected as many of each"
            )
        for key in (self.user, self.item):
            if key not in self.columns or self.columns[key].values.ndim != 1:
                raise DataError(
                    f"key column {key!r} is not one of the single-valued columns; "
                    f"the table has {', '.join(self.columns)}"
                )

    def __len__(self) -> int:
        return len(self.rate)

    def head(self, rows: int) -> "Table":
        """Return the first `rows` rows."""
        columns = {name: column.head(rows) for name, column in self.columns.items()}
        return Table(columns, self.rate[:rows], self.time[:rows], self.user, self.item)

    @staticmethod
    def from_columns(
        columns: Mapping[str, npt.ArrayLike],
        *,
        rate: npt.ArrayLike,
        time: npt.ArrayLike,
        user: str = "user",
        item: str = "movie",
    ) -> "Table":
        """Make a table of arrays: integers, strings (numbered in sorted order) or `[n, width]`.

        Raises:
            DataError: Lengths differ, a key column is missing, a column is of another kind, a
                rate is not a finite number, or a time not a whole one.
        """
        made = {name: _column(name, np.asarray(column)) for name, column in columns.items()}
        return Table(made, np.asarray(rate), _whole(np.asarray(time)), user, item)


def _whole(times: Array) -> IntArray:
    if times.dtype.kind in "iuf":
        with np.errstate(invalid="ignore"):  # NaN is not a whole number either
            whole = times.astype(np.int64)
        if (whole == times).all():
            return whole
    raise DataError(f"time is {times.dtype}, not all whole; expected UNIX seconds")


def _column(name: str, raw: Array) -> Column:
    if raw.dtype.kind not in "iubOUT" or raw.ndim not in (1, 2):
        raise DataError(
            f"column {name!r} is {raw.dtype} of shape {list(raw.shape)}; "
            "expected integers or strings, one row of them or a matrix"
        )
    if raw.dtype.kind in "iub":
        values = raw.astype(np.int64)
        if raw.ndim == 2:
            return Column(values)
        distinct, index = np.unique(values, return_inverse=True)
        return Column(distinct, index.astype(np.int32))
    if raw.ndim == 2 or not all(isinstance(value, str) for value in raw):
        raise DataError(f"column {name!r} is not all strings; numbers and matrices are of integers")
    distinct, index = np.unique(raw, return_inverse=True)
    return Column(np.arange(len(distinct)), index.astype(np.int32))
