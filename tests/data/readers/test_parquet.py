"""Parquet: values as a CSV file would hold them."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from fmbench.data.readers.look import look
from fmbench.data.readers.parquet import read
from fmbench.data.readers.words import Chunk
from fmbench.errors import DataError

Table = dict[str, list[str | None]]
Join = Callable[[Iterable[Chunk]], Table]

SEOUL = timezone(timedelta(hours=9))

KINDS = {
    "int": (pa.array([7, None, 2**62]), ["7", None, "4611686018427387904"]),
    "uint": (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    "float": (
        pa.array([3.0, -0.0, 0.1, 1e300, float("nan"), None, float("inf"), 2.0**53]),
        ["3", "0", "0.1", "1e+300", None, None, "inf", "9007199254740992.0"],
    ),
    "float32": (pa.array([0.1, None, 3, float("nan")], pa.float32()), ["0.1", None, "3", None]),
    "float16": (pa.array([np.float16(0.1), np.float16(2)], pa.float16()), ["0.1", "2"]),
    "bool": (pa.array([True, False, None]), ["True", "False", None]),
    "text": (pa.array(["007", "", None, "NA", "é"]), ["007", None, None, "NA", "é"]),
    "large text": (pa.array(["a"], pa.large_string()), ["a"]),
    "words": (pa.array(["b", "a", None, "b"]).dictionary_encode(), ["b", "a", None, "b"]),
    "bytes": (pa.array([b"ab", None, "é".encode()]), ["ab", None, "é"]),
    "decimal": (
        pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
        ["1.50", None],
    ),
    "date": (pa.array([date(2020, 1, 2), None]), ["2020-01-02", None]),
    "time": (
        pa.array([datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5, 6), None]),
        ["2020-01-02T03:04:05", "2020-01-02T03:04:05.000006", None],
    ),
    "zone": (
        pa.array([datetime(2020, 1, 2, 3, tzinfo=SEOUL)], pa.timestamp("ms", "Asia/Seoul")),
        ["2020-01-01T18:00:00Z"],
    ),
    "UTC": (
        pa.array([datetime(2020, 1, 2, tzinfo=UTC)], pa.timestamp("s", "UTC")),
        ["2020-01-02T00:00:00Z"],
    ),
    "nanoseconds": (
        pa.array([1_500_000_000_000_000_001], pa.timestamp("ns")),
        ["2017-07-14T02:40:00.000000001"],
    ),
    "null": (pa.nulls(2), [None, None]),
    "list": (pa.array([["a", "b"], [], None, ["c", None, ""]]), ["a|b", None, None, "c"]),
    "list of numbers": (pa.array([[0.1, 2.0]], pa.list_(pa.float32())), ["0.1|2"]),
    "list of two": (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), ["1|2", None]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


@pytest.mark.parametrize(("array", "expected"), KINDS.values(), ids=KINDS)
def test_a_value_is_the_text_of_a_csv_file(
    path: Path, table_of: Join, array: pa.Array, expected: list[str | None]
) -> None:
    pq.write_table(pa.table({"x": array}), path)
    found = look(path)
    assert (found.format, found.columns) == ("parquet", ["x"])
    assert table_of(read(path, found)) == {"x": expected}


def test_reading_goes_on_where_any_chunk_ended(path: Path, table_of: Join) -> None:
    table = pa.table({"x": list(range(100)), "y": [str(i % 7) for i in range(100)]})
    pq.write_table(table, path, row_group_size=32)
    found = look(path, columns=["a", "b"])
    whole = table_of(read(path, found))
    assert whole == {"a": [str(i) for i in range(100)], "b": [str(i % 7) for i in range(100)]}
    chunks = list(read(path, found, rows=10))
    assert len(chunks) >= 10
    for i, chunk in enumerate(chunks):
        assert table_of([*chunks[: i + 1], *read(path, found, chunk.at)]) == whole


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (pa.array([{"a": 1}]), "column 'x' is of type struct"),
        (pa.array([[[1]]]), "column 'x' is of type list<"),
        (pa.array([timedelta(1)]), "column 'x' is of type duration"),
        (pa.array([b"\xff"]), "column 'x' holds bytes that are not UTF-8"),
        (pa.array([["a\x1fb"]]), "column 'x' holds a list of a text with a unit separator"),
        (pa.array([2**59], pa.timestamp("us")), "column 'x' holds"),
        (pa.array([], pa.int64()), "0 rows; expected some"),
    ],
)
def test_what_has_no_text_is_refused_by_its_column(path: Path, array: pa.Array, what: str) -> None:
    pq.write_table(pa.table({"x": array}), path)
    with pytest.raises(DataError, match="; expected ") as caught:
        list(read(path, look(path)))
    assert str(caught.value).startswith(f"{path}: {what}")


def test_names_are_there_once(path: Path) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"]), path)
    with pytest.raises(DataError, match="column 'x' is there twice; expected each name once"):
        look(path)
    with pytest.raises(DataError, match="2 columns; expected 1, as was said"):
        look(path, columns=["a"])
    with pytest.raises(DataError, match="is Parquet; expected libsvm, as was said"):
        look(path, format="libsvm")


def test_a_damaged_file_is_one_line(path: Path) -> None:
    pq.write_table(pa.table({"name": list(range(10_000))}), path, store_schema=False)
    good = path.read_bytes()
    found = look(path)
    for content in (
        good[:100],
        good[:-20],
        good[:50] + b"\xff" * 400 + good[450:],
        good.replace(b"name", b"n\xffme"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            list(read(path, found))
        assert str(caught.value).startswith(f"{path}: cannot be read as Parquet: ")
        assert "\n" not in str(caught.value)


def test_a_file_that_has_other_columns_now_is_refused(path: Path) -> None:
    pq.write_table(pa.table({"x": [1], "y": [2]}), path)
    found = look(path)
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(DataError, match="1 columns; expected 2"):
        list(read(path, found))


def test_parquet_leads_on_where_its_package_is_missing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"x": [1]}), path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match="pyarrow is not installed") as caught:
        look(path)
    assert "fmbench[formats]" in caught.value.hint


def test_texts_of_a_dictionary_are_those_that_a_chunk_has(path: Path, table_of: Join) -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([2, 1, 1, 0]), pa.array(["a", "b", "c", "d"]))
    pq.write_table(pa.table({"x": array}), path)
    assert table_of(read(path, look(path), rows=2)) == {"x": ["c", "b", "b", "a"]}
    assert table_of(read(path, look(path), (1, 2), rows=3)) == {"x": ["b", "b", "a"]}
