"""Encoding: raw values to ids of each field, by a vocabulary of the training rows alone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.splits.prepare import Prepared
from fmbench.data.splits.split import Rows, chunks
from fmbench.data.table import ABSENT, Array, Column, IntArray
from fmbench.fields import FIRST_VALUE, PADDING, UNSEEN, Field
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
    prepared: Prepared, columns: Mapping[str, Column]
) -> tuple[list[Field], dict[str, Stream]]:
    """Return the fields of `columns`, and `train.ids`, `train.labels`, `train.users` and so on."""
    fields, codes = [], []
    for name, column in columns.items():
        vocabulary = _vocabulary(column, prepared.parts["train"])
        fields.append(Field(name, len(vocabulary) + FIRST_VALUE, column.width))
        codes.append(_codes(column, vocabulary))
    streams = {}
    for part, rows in prepared.parts.items():
        streams[f"{part}.ids"] = _ids(fields, list(columns.values()), codes, rows)
        streams[f"{part}.labels"] = _taken(prepared.labels, rows, np.dtype(np.uint8))
        streams[f"{part}.users"] = _taken(prepared.keys.user, rows, np.dtype(np.int64))
        streams[f"{part}.times"] = _taken(prepared.table.time, rows, np.dtype(np.int64))
    return fields, streams


def _vocabulary(column: Column, train: Rows) -> IntArray:
    """Return the distinct values of the training rows, ascending."""
    used = np.zeros(len(column.values), dtype=bool)
    for rows in chunks(train):
        used[rows if column.index is None else column.index[rows]] = True
    values = np.unique(column.values[used])
    return values if column.width == 1 else values[values != ABSENT]


def _codes(column: Column, vocabulary: IntArray) -> npt.NDArray[np.int32]:
    """Return the id of each of the column's values: once a value, not once a row."""
    place = np.searchsorted(vocabulary, column.values)
    place[place == len(vocabulary)] = 0
    known = vocabulary[place] == column.values if len(vocabulary) else np.zeros(place.shape, bool)
    codes = np.where(known, place + FIRST_VALUE, UNSEEN).astype(np.int32)
    if column.width > 1:  # a field of width 1 is never padded
        codes[column.values == ABSENT] = PADDING
    return codes


def _ids(
    fields: list[Field], columns: list[Column], codes: list[npt.NDArray[np.int32]], rows: Rows
) -> Stream:
    places = columns_of(fields)
    shape = (len(rows), places[-1].stop)

    def gathered() -> Iterator[Array]:
        for part in chunks(rows):
            ids = np.empty((len(part), shape[1]), dtype=np.int32)
            for place, column, code in zip(places, columns, codes, strict=True):
                taken = code[part if column.index is None else column.index[part]]
                ids[:, place] = taken.reshape(len(part), column.width)
            yield ids

    return Stream(shape, np.dtype(np.int32), gathered)


def _taken(values: Array, rows: Rows, dtype: np.dtype[Any]) -> Stream:
    return Stream(
        (len(rows),), dtype, lambda: (values[part].astype(dtype) for part in chunks(rows))
    )
