"""Encoding: raw values to ids of each field, by a vocabulary of the training rows alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fmbench.data.columns import AnyColumn, Array, Numbers
from fmbench.data.encoding.categories import Categories
from fmbench.data.encoding.maps import release
from fmbench.data.encoding.numbers import Bins
from fmbench.data.splits.prepare import Prepared
from fmbench.data.splits.split import Rows, chunks
from fmbench.fields import Field
from fmbench.fields import columns as columns_of


@dataclass(frozen=True, slots=True)
class Stream:
    """An array that is made chunk by chunk, so that it can go to disk without being in memory."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: Callable[[], Iterator[Array]]

    def collect(self) -> Array:
        """Return the whole array."""
        whole = np.empty(self.shape, self.dtype)
        start = 0
        for chunk in self.chunks():
            whole[start : start + len(chunk)] = chunk
            start += len(chunk)
        return whole


def encode(
    prepared: Prepared, columns: Mapping[str, AnyColumn], args: Mapping[str, Any]
) -> tuple[list[Field], dict[str, Stream]]:
    """Return the fields of `columns`, and `train.ids`, `train.labels`, `train.users` and so on.

    Where rows have no user, each counts as a user of its own; without a time there are no times.
    """
    train = prepared.parts["train"]
    encoded = []
    for name, column in columns.items():
        encoded.append(_fitted(name, column, train, args))
        release([encoded[-1].rows])
    fields = [each.field for each in encoded]
    table, user = prepared.table, prepared.keys.user
    streams = {}
    for part, rows in prepared.parts.items():
        streams[f"{part}.ids"] = _ids(encoded, rows)
        streams[f"{part}.labels"] = _taken(prepared.labels, rows, np.dtype(np.uint8))
        streams[f"{part}.users"] = _taken(user, rows, np.dtype(np.int64))
        if table.time is not None:
            streams[f"{part}.times"] = _taken(table.time, rows, np.dtype(np.int64))
    return fields, streams


def _fitted(
    name: str, column: AnyColumn, train: Rows, args: Mapping[str, Any]
) -> Categories | Bins:
    if isinstance(column, Numbers):
        return Bins.fit(name, column, train, bins=args.get("bins", "quantile"))
    return Categories.fit(
        name,
        column,
        train,
        min_count=args.get("min_count", 1),
        buckets=args.get("buckets", 0),
    )


def _ids(encoded: Sequence[Categories | Bins], rows: Rows) -> Stream:
    places = columns_of([each.field for each in encoded])
    shape = (len(rows), places[-1].stop)

    def gathered() -> Iterator[Array]:
        for part in chunks(rows, *(each.rows for each in encoded)):
            ids = np.empty((len(part), shape[1]), dtype=np.int32)
            for place, each in zip(places, encoded, strict=True):
                ids[:, place] = each.ids(part)
            yield ids

    return Stream(shape, np.dtype(np.int32), gathered)


def _taken(values: Array | None, rows: Rows, dtype: np.dtype[Any]) -> Stream:
    """Return the values of some rows; without any, the numbers of the rows."""

    def gathered() -> Iterator[Array]:
        for part in chunks(rows, values):
            yield (part if values is None else values[part]).astype(dtype)

    return Stream((len(rows),), dtype, gathered)
