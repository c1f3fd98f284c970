"""Table: raw columns, a label, roles; what a dataset's own code hands over to the shared rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import AnyColumn, Array, Column, IntArray, column_of, words_of
from fmbench.data.times import seconds
from fmbench.errors import DataError

PARTS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows as they stand in the files, before any choice of label, split or encoding."""

    columns: Mapping[str, AnyColumn]
    """Field name to raw column, in field order."""
    rate: Array | Column
    """`[n]`, what the label rule is applied to: numbers (NaN: none is there), or words."""
    time: IntArray | None = None
    """int64 `[n]`, UNIX seconds."""
    user: str | None = None
    """The column that says whose row it is."""
    item: str | None = None
    """The column that says what was rated, shown or bought."""
    part: npt.NDArray[np.uint8] | None = None
    """`[n]`, the part of each row where the data says it: 0 train, 1 valid, 2 test."""

    def __post_init__(self) -> None:
        if not len(self):
            raise DataError("the table has no rows; expected at least one")
        for name, column in self.columns.items():
            if len(column) != len(self):
                raise DataError(
                    f"column {name!r} has {len(column)} rows; expected {len(self)}, one a rate"
                )
            index = column.index if isinstance(column, Column) else None
            if index is not None and not 0 <= index.min() <= index.max() < len(column.values):
                raise DataError(f"column {name!r} has an index outside of its values")
        if not isinstance(self.rate, Column):
            _check_rate(self.rate)
        if self.time is not None and len(self.time) != len(self):
            raise DataError(
                f"there are {len(self.time)} times and {len(self)} rates; expected as many of each"
            )
        for key in filter(None, (self.user, self.item)):
            keys = self.columns.get(key)
            if not isinstance(keys, Column) or keys.values.ndim != 1:
                raise DataError(
                    f"key column {key!r} is not one of the single-valued columns; "
                    f"the table has {', '.join(self.columns)}"
                )

    def __len__(self) -> int:
        return len(self.rate)

    @property
    def arrays(self) -> list[Array]:
        """All arrays of `[n]`, some of which may be mapped."""
        columns = [*self.columns.values(), *([self.rate] if isinstance(self.rate, Column) else [])]
        found = [each.index if isinstance(each, Column) else each.values for each in columns]
        others = (None if isinstance(self.rate, Column) else self.rate, self.time, self.part)
        return [each for each in (*found, *others) if each is not None]

    def head(self, rows: int) -> "Table":
        """Return the first `rows` rows."""
        return Table(
            {name: column.head(rows) for name, column in self.columns.items()},
            self.rate.head(rows) if isinstance(self.rate, Column) else self.rate[:rows],
            None if self.time is None else self.time[:rows],
            self.user,
            self.item,
            None if self.part is None else self.part[:rows],
        )

    def take(self, rows: IntArray) -> "Table":
        """Return the rows of these numbers, in this order."""
        return Table(
            {name: column.take(rows) for name, column in self.columns.items()},
            self.rate.take(rows) if isinstance(self.rate, Column) else self.rate[rows],
            None if self.time is None else self.time[rows],
            self.user,
            self.item,
            None if self.part is None else self.part[rows],
        )

    @staticmethod
    def from_columns(
        columns: Mapping[str, Any],
        *,
        rate: Any,
        time: Any = None,
        user: str | None = "user",
        item: str | None = "movie",
        part: Any = None,
        split: Mapping[str, str] | None = None,
    ) -> "Table":
        """Make a table of arrays or sequences, each of `n` rows.

        Args:
            columns: Integers and text are categories, floats are numbers (NaN: none is there), and
                lists of text, or a matrix of integers `[n, width]` filled up with ABSENT, are
                several categories a row.
            rate: Numbers or words, which the label rule is applied to.
            time: UNIX seconds, or NumPy's datetime64; times outside of 1990 to 2100 are refused.
            user: The column of users; there is none without a column `user`, or with None.
            item: The column of items; there is none without a column `movie`, or with None.
            part: `train`, `valid` or `test` for each row.
            split: Column name to what separates the values in its cells, as `{"genres": "|"}`.

        Raises:
            DataError: Lengths differ, a column is of another kind, a rate is not a finite number,
                or a time not a whole one of these years.
        """
        separators = split or {}
        made = {name: column_of(name, of, separators.get(name)) for name, of in columns.items()}
        rates = np.asarray(rate)
        if rates.dtype.kind == "f" and np.isnan(rates).any():
            raise DataError(f"rate of row {int(np.isnan(rates.ravel()).argmax())} is not finite")
        return Table(
            made,
            words_of("rate", rates) if rates.dtype.kind in "OUT" else rates,
            None if time is None else seconds(np.asarray(time)),
            _role("user", user, made),
            _role("movie", item, made),
            None if part is None else _parts(np.asarray(part)),
        )


def _check_rate(rate: Array) -> None:
    if rate.ndim != 1 or rate.dtype.kind not in "biuf":
        raise DataError(
            f"rate is {rate.dtype} of shape {list(rate.shape)}; expected a row of numbers"
        )
    if np.isinf(rate).any():
        raise DataError(f"rate of row {int(np.isinf(rate).argmax())} is not finite")


def _role(default: str, name: str | None, columns: Mapping[str, AnyColumn]) -> str | None:
    """Return the column of a role, or None where nobody named one and it has not the usual name."""
    return None if name == default and name not in columns else name


def _parts(names: Array) -> npt.NDArray[np.uint8]:
    number = {name: i for i, name in enumerate(PARTS)}
    wrong = next((name for name in names.tolist() if name not in number), None)
    if wrong is not None:
        raise DataError(f"part is {wrong!r}; expected {', '.join(PARTS)}")
    return np.array([number[name] for name in names.tolist()], dtype=np.uint8)
