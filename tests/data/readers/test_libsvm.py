"""Rows of libsvm and libffm: which columns they make, and what does not fit them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from fmbench.data.readers import uniform
from fmbench.data.readers.libsvm import read
from fmbench.data.readers.look import look
from fmbench.data.readers.words import Chunk
from fmbench.errors import DataError

Table = dict[str, list[str | None]]
Join = Callable[[Iterable[Chunk]], Table]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.txt"


def test_a_field_of_libffm_is_a_column(path: Path, table_of: Join) -> None:
    path.write_text("1 0:199:1 1:202:1 2:264:0.3651\n+1 0:33:1.0 2:262:1\n-1 1:7:1 1:9:1\n")
    found = look(path)
    assert (found.format, found.columns) == ("libffm", ["label", "0", "1", "2", "2.value"])
    assert table_of(read(path, found)) == {
        "label": ["1", "1", "-1"],
        "0": ["199", "33", None],
        "1": ["202", None, "7|9"],
        "2": ["264", "262", None],
        "2.value": ["0.3651", "1", None],
    }


def test_a_position_of_libsvm_is_a_column_where_ranges_are_apart(
    path: Path, table_of: Join
) -> None:
    path.write_text("1 19:1 202:1 264:0.5\r\n-1 33:1 252:1 262:0.25 # a word\r\n")
    found = look(path)
    assert (found.format, found.layout) == ("libsvm", "positions")
    assert table_of(read(path, found)) == {
        "label": ["1", "-1"],
        "1": ["19", "33"],
        "2": ["202", "252"],
        "3": ["264", "262"],
        "3.value": ["0.5", "0.25"],
    }


def test_indices_alone_are_one_list(path: Path, table_of: Join) -> None:
    path.write_text("# features\n1 3:1 5:1\n0\n0 5:1.0 9:1 12:1\n")
    found = look(path)
    assert (found.columns, found.layout) == (["label", "features"], "features")
    assert table_of(read(path, found)) == {
        "label": ["1", "0", "0"],
        "features": ["3|5", None, "5|9|12"],
    }


def test_an_index_with_numbers_is_a_column(path: Path, table_of: Join) -> None:
    path.write_text("1 1:0.5 10:-3 \n0 2:+1e-3\n")
    found = look(path)
    assert (found.columns, found.layout) == (["label", "1", "2", "10"], "indices")
    assert table_of(read(path, found)) == {
        "label": ["1", "0"],
        "1": ["0.5", "0"],
        "2": ["0", "1e-3"],
        "10": ["-3", "0"],
    }


def test_numbers_at_fixed_indices_are_no_positions(path: Path, table_of: Join) -> None:
    path.write_text("1 1:0.5 2:3\n0 1:1 2:2\n")
    assert table_of(read(path, look(path)))["1"] == ["0.5", "1"]


def test_a_query_is_a_column(path: Path, table_of: Join) -> None:
    path.write_text("2 qid:7 1:0.5\n0 qid:8 1:3 2:1\n")
    table = table_of(read(path, look(path)))
    assert (list(table), table["qid"]) == (["label", "qid", "1", "2"], ["7", "8"])


@pytest.mark.parametrize(
    ("start", "line"),
    [("1 0:5:1 1:6:2\n", "0 0:5:1\n"), ("1 3:1 5:0.5\n", "0 3:2\n"), ("1 3:1 5:1\n0\n", "")],
)
def test_reading_goes_on_where_any_chunk_ended(
    path: Path, table_of: Join, start: str, line: str
) -> None:
    path.write_text((start + line) * 200)
    found = look(path)
    whole = table_of(read(path, found))
    chunks = list(read(path, found, size=64))
    assert len(chunks) > 5
    for i, chunk in enumerate(chunks):
        rest = table_of([*chunks[: i + 1], *read(path, found, chunk.at)])
        assert rest == whole


LATER = {
    "field": ("1 0:5:1 1:6:1\n", "1 2:5:1", "there is a column 2; expected no other"),
    "value": ("1 0:5:1 1:6:1\n", "1 0:5:0.5", "0 has the value '0.5'; expected 1"),
    "shape": ("1 0:5:1 1:6:1\n", "1 0:5", "the line is '1 0:5'; expected label field:index:value"),
    "positions": ("1 3:1 9:1\n0 4:1 8:1\n", "1 3:1", "1 pair; expected 2"),
    "more": ("1 3:1 9:1\n0 4:1 8:1\n", "1 3:1 8:1 9:1", "3 pairs; expected 2"),
    "position": ("1 3:1 9:1\n0 4:1 8:1\n", "1 3:1 8:2", "2 has the value '2'; expected 1"),
    "features": ("1 3:1\n0\n", "1 3:0.5", "features has the value '0.5'; expected 1"),
    "index": ("1 3:0.5 9:2\n0 1:2\n", "1 2:1", "there is a column 2; expected no other"),
    "twice": ("1 3:0.5 9:2\n0 1:2\n", "1 3:1 3:1", "index 3 is there twice; expected it once"),
    "query": ("1 3:0.5 9:2\n0 1:2\n", "1 qid:1 3:1", "there is a column qid; expected no other"),
    "word": ("1 3:0.5 9:2\n0 1:2\n", "1 3:x", "the line is '1 3:x'; expected label index:value"),
    "empty": ("1 3:0.5 9:2\n0 1:2\n", "\n1 3:1", "the line is ''; expected label index:value"),
}


@pytest.mark.parametrize(("start", "line", "what"), LATER.values(), ids=LATER)
def test_a_later_row_that_does_not_fit_is_refused_by_its_line(
    path: Path, start: str, line: str, what: str
) -> None:
    rows = (start * 10_000).splitlines(keepends=True)
    path.write_text("".join([*rows, line, "\n"]))
    with pytest.raises(DataError) as caught:
        list(read(path, look(path)))
    assert str(caught.value).startswith(f"{path}:{len(rows) + 1}: {what}")


def test_columns_that_later_rows_have_can_be_given(path: Path, table_of: Join) -> None:
    path.write_text("1 0:5:1\n" * 10_000 + "1 1:6:2\n")
    columns = ["label", "0", "1", "1.value"]
    table = table_of(read(path, look(path, columns=columns)))
    assert [table[name][-1] for name in columns] == ["1", None, "6", "2"]
    with pytest.raises(DataError, match=r"there is a column '0' in the first rows; expected it"):
        look(path, columns=["label", "1"])


def test_too_many_indices_with_values_are_refused_with_the_way_on(path: Path) -> None:
    path.write_text("".join(f"1 {i}:2 {i + 1}:3\n" for i in range(1, 1001)) + "1 1:1\n")
    with pytest.raises(DataError, match="1001 indices with values other than 1") as caught:
        look(path)
    assert "label field:index:value" in caught.value.hint


@pytest.mark.parametrize("text", ["1 2 3\n", "1,2:3\n", "1 10:20\n\n1 a:2\n", "user:token\n1\n"])
def test_other_text_is_neither(path: Path, text: str) -> None:
    path.write_text(text)
    assert look(path).format == "delimited"


@pytest.mark.parametrize(
    "lines",
    [
        ["1 0:5:1 1:6:1", "0 0:7:1 1:6:1.0"],
        ["1 0:5:1 1:6:0.5", "0 0:7:1 1:6:1"],
        ["1 0:5:1 0:6:1", "0 0:7:1 0:6:1"],
        ["1 0:5:1 1:6:1", "0 1:6:1 0:7:1"],
        ["+1 0:5:1 1:6:1", "1 0:7:1 1:6:1"],
        ["1 3:1 9:1", "0 4:1 8:1"],
        ["1 3:1 9:0.5", "0 4:1 8:1"],
        ["1 3:1 9:0.5", "0 3:1 9:1"],
        ["1 3:1 5:1", "0 5:1 9:1"],
        ["1", "0 5:1"],
        ["1 3:1  9:1", "0 4:1 8:1"],
        ["1 3:1 9:1 ", "0 4:1 8:1 "],
        ["1 qid:3 9:1", "0 qid:8 3:2"],
    ],
    ids=str,
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_fast_way_and_the_slow_way_agree(
    path: Path, table_of: Join, monkeypatch: pytest.MonkeyPatch, lines: list[str], end: str
) -> None:
    path.write_text(end.join([*lines * 3, ""]), newline="")
    found = look(path)
    fast = table_of(read(path, found))
    monkeypatch.setattr(uniform, "parsed", lambda data, parts: None)
    assert table_of(read(path, found)) == fast


def test_the_fast_way_is_taken_where_rows_have_one_shape() -> None:
    label, pairs = uniform.parsed(b"1 0:5:1 1:6:0.5\n0 0:7:1 1:6:2\n", 3) or (None, [])
    assert label is not None
    assert [[words and words.texts for words in pair] for pair in pairs] == [
        [["0"], ["5", "7"], ["1"]],
        [["1"], ["6"], ["0.5", "2"]],
    ]
    for unusual in (b"1 0:5:1\n1 0:5\n", b"+1 0:5:1\n", b"1 0:x:1\n", b"1 0:5:1 \n", b"1 0:5:\n"):
        assert uniform.parsed(unusual, 3) is None
