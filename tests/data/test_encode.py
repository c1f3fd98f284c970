"""Encoding: vocabulary from training rows, padding, unseen, and chunks that do not show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data.columns import Column
from fmbench.data.encoding.encode import encode
from fmbench.data.splits import split
from fmbench.data.splits.prepare import Keys, Prepared
from fmbench.data.table import Table
from fmbench.fields import Field

TRAIN, VALID, TEST = [0, 1, 4], [2], [3, 5]


def prepared(columns: dict[str, Column]) -> Prepared:
    n = len(next(iter(columns.values())))
    keys = {"user": Column(np.arange(n)), "movie": Column(np.arange(n))}
    table = Table({**keys, **columns}, np.arange(n), 10 * np.arange(n), user="user", item="movie")
    parts = {"train": TRAIN, "valid": VALID, "test": TEST}
    rows = {part: np.array(numbers) for part, numbers in parts.items()}
    labels = np.array([1, 0] * (n // 2), dtype=np.uint8)
    return Prepared(table, Keys.of(table), labels, np.arange(n), rows)


def encoded(columns: dict[str, Column]) -> tuple[list[Field], dict[str, list]]:
    fields, streams = encode(prepared(columns), columns, {})
    return fields, {name: stream.collect().tolist() for name, stream in streams.items()}


def test_values_of_training_count_from_two_in_order() -> None:
    column = Column(np.array([70, -1, 30, 50]), np.array([0, 1, 2, 3, 0, 1], dtype=np.int8))
    fields, arrays = encoded({"grade": column})
    assert fields == [Field("grade", 4)]  # padding, unseen, none (-1), 70
    assert arrays["train.ids"] == [[3], [2], [3]]
    assert arrays["valid.ids"] == [[1]]
    assert arrays["test.ids"] == [[1], [2]]
    assert arrays["train.labels"] == [1, 0, 1]
    assert arrays["test.users"] == [3, 5]
    assert arrays["test.times"] == [30, 50]


def test_multi_valued_columns_are_padded_with_zero() -> None:
    genres = np.array([[5, 9, -1], [-1, -1, -1], [9, 7, 5], [5, -1, -1]])
    column = Column(genres, np.array([0, 1, 2, 3, 3, 0]))
    fields, arrays = encoded({"first": Column(np.arange(6)), "genres": column})
    assert fields == [Field("first", 5), Field("genres", 4, 3)]
    assert arrays["train.ids"] == [[2, 2, 3, 0], [3, 0, 0, 0], [4, 2, 0, 0]]
    assert arrays["valid.ids"] == [[1, 3, 1, 2]]


def test_a_field_without_values_in_training() -> None:
    column = Column(np.array([[-1], [4]]).repeat(2, axis=1), np.array([0, 0, 1, 1, 0, 0]))
    fields, arrays = encoded({"cast": column})
    assert fields == [Field("cast", 2, 2)]
    assert arrays["valid.ids"] == [[1, 1]]
    assert arrays["train.ids"] == [[0, 0]] * 3


def test_types_and_shapes() -> None:
    columns = {"a": Column(np.arange(6)), "b": Column(np.zeros((6, 2), dtype=np.int64))}
    _, streams = encode(prepared(columns), columns, {})
    found = {name: (s.collect().dtype.str, s.collect().shape) for name, s in streams.items()}
    assert found["train.ids"] == ("<i4", (3, 3))
    assert found["train.labels"] == ("|u1", (3,))
    assert found["valid.users"] == ("<i8", (1,))
    assert all((s.dtype.str, s.shape) == found[name] for name, s in streams.items())


@given(st.lists(st.integers(-1, 5), min_size=6, max_size=6), st.integers(1, 3))
def test_against_a_naive_loop(raw: list[int], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "CHUNK", chunk)
        (field,), arrays = encoded({"x": Column(np.array(raw))})
    vocabulary = sorted({raw[row] for row in TRAIN})
    ids = {value: i + 2 for i, value in enumerate(vocabulary)}
    assert field.cardinality == len(vocabulary) + 2
    for part, rows in (("train", TRAIN), ("valid", VALID), ("test", TEST)):
        assert arrays[f"{part}.ids"] == [[ids.get(raw[row], 1)] for row in rows]
