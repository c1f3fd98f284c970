"""Training rows as the sampler reads them: row by row, and by the values of each field."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from fmbench.fields import PADDING, Field, columns

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the table by column."""

    ids: Ints
    """`(rows, columns)`, counted over all fields."""
    shares: Floats | None
    """`(rows, columns)`: how much of its value a row has: a share of a field's mean, or a number;
    None where each is all of it."""
    ends: NDArray[np.uint8]
    """`(columns,)`: 1 where a field's last column is."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Values:
    """The rows of a field's values: those of value j are `order[starts[j] : starts[j + 1]]`."""

    low: int
    """Where the field begins in the table."""
    own: slice
    """The field's columns."""
    order: Ints
    starts: NDArray[np.int64]
    shares: Floats | None
    """How much each row has of the value; None where all of it, since the field has one column."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def has_rows(self) -> NDArray[np.bool_]:
        """Tell which values training has, `(values,)`."""
        found: NDArray[np.bool_] = np.diff(self.starts) > 0
        return found


def lay_out(fields: Sequence[Field], ids: Ints) -> Rows:
    """Turn ids within fields, `(rows, columns)`, into rows of the table."""
    starts = [0, *accumulate(field.rows for field in fields)][:-1]
    own = columns(fields)
    ends = np.zeros(ids.shape[1], np.uint8)
    ends[[each.stop - 1 for each in own]] = 1
    shares = None
    if any(map(_has_shares, fields)):
        ids, shares = ids.copy(), np.ones(ids.shape, np.float32)
        for each, field in zip(own, fields, strict=True):
            if field.width > 1:
                present = ids[:, each] != PADDING
                count = np.maximum(present.sum(1, keepdims=True), 1)
                shares[:, each] = present / count
            elif field.values:  # all bins are one row, times what the bin stands for
                shares[:, each] = np.array(field.factors, np.float32)[ids[:, each]]
                ids[:, each] = np.minimum(ids[:, each], field.rows - 1)
    widths = [field.width for field in fields]
    return Rows(ids + np.repeat(starts, widths).astype(np.int32), shares, ends)


def by_value(fields: Sequence[Field], rows: Rows) -> list[Values]:
    """Sort the rows by the values of each field; padding has none."""
    found, low = [], 0
    for field, own in zip(fields, columns(fields), strict=True):
        places = rows.ids[:, own] - np.int32(low)
        shares = rows.shares[:, own] if rows.shares is not None and _has_shares(field) else None
        found.append(_sorted(places, shares, field.rows, low, own))
        low += field.rows
    return found


def _has_shares(field: Field) -> bool:
    """Tell whether a row can have of a value anything but all of it."""
    return field.width > 1 or bool(field.values)


def _sorted(places: Ints, shares: Floats | None, size: int, low: int, own: slice) -> Values:
    """Sort a field's rows; a row that has a value twice has it once, with both shares."""
    width = places.shape[1]
    flat = places.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[np.searchsorted(flat[order], PADDING, side="right") :]
    value, row = flat[order], (order // width).astype(np.int32)
    of_each = None
    if shares is not None:
        of_each = shares.ravel()[order]
        first = np.ones(len(row), np.bool_)
        first[1:] = (value[1:] != value[:-1]) | (row[1:] != row[:-1])
        if len(row):
            of_each = np.add.reduceat(of_each, np.flatnonzero(first))
        value, row = value[first], row[first]
    starts = np.searchsorted(value, np.arange(size + 1)).astype(np.int64)
    return Values(low, own, row, starts, of_each)
