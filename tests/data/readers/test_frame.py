"""A frame: values as its CSV file would hold them."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fmbench.data.readers.frame import chunks
from fmbench.data.readers.words import Chunk
from fmbench.errors import DataError

Table = dict[str, list[str | None]]
Join = Callable[[Iterable[Chunk]], Table]

KINDS = {
    "int": (pd.Series([7, -1]), ["7", "-1"]),
    "nullable": (pd.Series([2**62, None], dtype="Int64"), ["4611686018427387904", None]),
    "float": (pd.Series([3.0, 0.5, np.nan]), ["3", "0.5", None]),
    "float32": (pd.Series(np.float32([0.1, 2])), ["0.1", "2"]),
    "Float32": (pd.Series([0.1, None], dtype="Float32"), ["0.1", None]),
    "bool": (pd.Series([True, False]), ["True", "False"]),
    "text": (pd.Series(["007", "", None, "NA"], dtype="str"), ["007", None, None, "NA"]),
    "category": (pd.Series(["b", "a", None, "b"], dtype="category"), ["b", "a", None, "b"]),
    "numbers of a category": (pd.Series([2, 1, 2], dtype="category"), ["2", "1", "2"]),
    "time": (
        pd.Series(pd.to_datetime(["2020-01-02 03:04:05", None])),
        ["2020-01-02T03:04:05", None],
    ),
    "zone": (
        pd.Series(pd.to_datetime(["2020-01-02 03:00"])).dt.tz_localize("Asia/Seoul"),
        ["2020-01-01T18:00:00Z"],
    ),
    "arrow": (pd.Series([0.1, None], dtype="float[pyarrow]"), ["0.1", None]),
    "arrow's lists": (
        pd.Series([[1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        ["1|2", None],
    ),
    "objects": (
        pd.Series([1, True, 1.0, "1", None, pd.NA, pd.NaT, np.nan, b"x", 2.5], dtype=object),
        ["1", "True", "1", "1", None, None, None, None, "x", "2.5"],
    ),
    "lists": (
        pd.Series([["a", "b"], [], ("c",), np.array([1, 2])], dtype=object),
        ["a|b", None, "c", "1|2"],
    ),
    "moments": (pd.Series([np.datetime64("2020-01-02T03", "ns")], dtype=object),
                ["2020-01-02T03:00:00"]),
}  # fmt: skip


@pytest.mark.parametrize(("series", "expected"), KINDS.values(), ids=KINDS)
def test_a_value_is_the_text_of_a_csv_file(
    table_of: Join, series: pd.Series, expected: list[str | None]
) -> None:
    assert table_of(chunks(pd.DataFrame({"x": series}))) == {"x": expected}


def test_rows_come_in_chunks_and_the_index_does_not(table_of: Join) -> None:
    frame = pd.DataFrame({"x": range(10), 7: list("abcdefghij")}, index=list(range(10, 20)))
    parts = list(chunks(frame, rows=4))
    assert [(len(part), part.at) for part in parts] == [(4, (4, 5)), (4, (8, 9)), (2, (10, 11))]
    assert table_of(parts) == {"x": [str(i) for i in range(10)], "7": list("abcdefghij")}


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (pd.DataFrame({"x": [{"a": 1}]}), "column 'x' holds a value of type dict; expected"),
        (pd.DataFrame({"x": [[[1]]]}), "column 'x' holds a list of lists; expected"),
        (pd.DataFrame({"x": pd.to_timedelta([1])}), "column 'x' holds a value of type Timedelta"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "column 'x' is there twice; expected each"),
        (pd.DataFrame({"x": []}), "a frame of 0 rows and 1 columns; expected some"),
        (pd.DataFrame(index=[1]), "a frame of 1 rows and 0 columns; expected some"),
    ],
)
def test_what_has_no_text_is_refused_by_its_column(frame: pd.DataFrame, what: str) -> None:
    with pytest.raises(DataError) as caught:
        list(chunks(frame))
    assert str(caught.value).startswith(what)
