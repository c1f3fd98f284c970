"""Delimited text: what is read, by both engines alike, and what is refused with file and line."""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbench.data.readers import engines
from fmbench.data.readers.delimited import read
from fmbench.data.readers.engines import Engine
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.words import HOLE, START, At, Chunk
from fmbench.errors import DataError

Rows = list[list[str | None]]

both = pytest.mark.parametrize("engine", [engines.by_arrow, engines.by_pandas])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def rows_of(chunk: Chunk) -> Rows:
    columns = [
        [None if code == HOLE else words.texts[code] for code in words.codes.tolist()]
        for words in chunk.columns.values()
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def rows(path: Path, reading: Reading, engine: Engine, at: At = START, size: int = 1 << 20) -> Rows:
    return [
        row for chunk in read(path, reading, at, size=size, engine=engine) for row in rows_of(chunk)
    ]


def of(*columns: str, **how: object) -> Reading:
    return Reading(format="delimited", columns=list(columns), **how)


def cell(value: str | None, delimiter: str, *, quotes: bool) -> str:
    text = value or ""
    if quotes or any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


TEXTS = st.one_of(
    st.sampled_from(["", "NA", "null", "?", "0", "007", "-1", "1.0", "12345678901234567890"]),
    st.text("ab1 .,;\t\"'\n\r\\é한\ufeff\x1f\x0b\x85\u2028", max_size=6),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_both_engines_read_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    width = data.draw(st.integers(1, 4))
    delimiter = data.draw(st.sampled_from([",", "\t", ";", "|", " ", "\x01"]))
    table = data.draw(
        st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=12)
    )
    always = data.draw(st.booleans()) or width == 1
    text = delimiter.join("abcd"[:width])
    for row in table:
        text += data.draw(st.sampled_from(["\n", "\r\n"]))
        text += delimiter.join(cell(value, delimiter, quotes=always) for value in row)
    text += data.draw(st.sampled_from(["", "\n", "\r\n", "\n\n\r\n"]))
    path.write_bytes(data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode())
    reading = of(*"abcd"[:width], delimiter=delimiter)
    expected = [[value or None for value in row] for row in table]
    for engine in (engines.by_arrow, engines.by_pandas):
        assert rows(path, reading, engine) == expected
        assert rows(path, reading, engine, size=8) == expected


@both
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_reading_goes_on_where_any_chunk_ended(
    path: Path, engine: Engine, pack: Callable[[bytes], bytes]
) -> None:
    body = "".join(f'{i},"x\n{i % 7}",{i % 3}\r\n' for i in range(400))
    path.write_bytes(pack(("a,b,c\n" + body).encode()))
    reading = of("a", "b", "c")
    chunks = list(read(path, reading, size=500, engine=engine))
    assert len(chunks) > 5
    all_rows = rows(path, reading, engine)
    assert all_rows[9] == ["9", "x\n2", "0"]
    done = 0
    for chunk in chunks:
        done += len(chunk)
        assert rows(path, reading, engine, chunk.at) == all_rows[done:]
    assert done == 400
    assert chunks[-1].at[1] == 802


@both
def test_a_fault_after_a_restart_has_the_line_of_the_file(path: Path, engine: Engine) -> None:
    path.write_text("a,b\n" + "1,2\n" * 100 + "1\n")
    first = next(read(path, of("a", "b"), size=60, engine=engine))
    with pytest.raises(DataError, match=r"table\.csv:102: 1 value in '1'; expected 2: 'a', 'b'"):
        rows(path, of("a", "b"), engine, first.at)


@both
def test_texts_stand_in_the_order_of_their_first_appearance(path: Path, engine: Engine) -> None:
    path.write_text("b,1\n,1\na,2\nb,NA\n")
    (chunk,) = read(path, of("x", "y", header=False), engine=engine)
    assert [words.texts for words in chunk.columns.values()] == [["b", "a"], ["1", "2", "NA"]]
    assert chunk.columns["x"].codes.tolist() == [0, HOLE, 1, 0]
    assert chunk.columns["x"].codes.dtype == "int32"


@both
def test_two_bytes_part_values_and_quotes_are_text(path: Path, engine: Engine) -> None:
    path.write_text('1::The "Burbs::a:b\n2:::x::"\x1f\n')
    reading = of("i", "t", "g", header=False, delimiter="::", quotes=False)
    assert rows(path, reading, engine) == [["1", 'The "Burbs', "a:b"], ["2", ":x", '"\x1f']]


@both
@pytest.mark.parametrize("encoding", ["cp949", "latin-1"])
def test_other_encodings_are_read_where_they_are_named(
    path: Path, engine: Engine, encoding: str
) -> None:
    text = "친구" if encoding == "cp949" else "Amélie"
    path.write_bytes(f'a,b\n{text},1\n"{text}\n",2\n'.encode(encoding))
    assert rows(path, of("a", "b", encoding=encoding), engine) == [[text, "1"], [text + "\n", "2"]]


@both
def test_an_empty_line_is_a_hole_in_a_file_of_one_column(path: Path, engine: Engine) -> None:
    path.write_text("a\n1\n\n2\n\n\n")
    assert rows(path, of("a"), engine) == [["1"], [None], ["2"]]


FAULTS = {
    "short": (b"1,2\n1\n", 3, "1 value in '1'; expected 2: 'a', 'b'"),
    "long": (b"1,2\n1,2,3\n", 3, "3 values in '1,2,3'; expected 2: 'a', 'b'"),
    "empty line": (b"1,2\n\n1,2\n", 3, "the line is empty; expected 2: 'a', 'b'"),
    "unclosed": (b'1,"2\n3,4\n', 2, "the quote before '2\\n3,4' is not closed; expected another"),
    "inside": (b'1,5" disk\n', 2, "there is a quote inside '5\" disk'; expected it around a value"),
    "inside, later even": (b'1,5" disk\n1,6" disk\n', 2, "there is a quote inside '5\" disk"),
    "after": (b'1,"2"x\n', 2, "'x' follows a closing quote; expected the delimiter ','"),
    "stray": (b'1,"2\n"3",4\n', 2, "'3\"' follows a closing quote; expected the delimiter ','"),
    "NUL": (b"1,2\n1,\0\n", 3, "there is a NUL byte at offset 10; expected text"),
    "not UTF-8": (b"1,2\n1,\xc4\xa3\xb1\xb8\n", 3, "byte 0xb1 at offset 12 is not UTF-8"),
    "CR": (b"1,2\r1,2\n", 2, "there is a carriage return without line feed"),
    "CR beside quotes": (b'1,"2"\n1\r,"2"\n', 3, "there is a carriage return without line feed"),
    "line": (b"1,2\n1," + b"2" * (1 << 20) + b"\n", 3, "the line is longer than 1 MiB"),
}


@both
@pytest.mark.parametrize("size", [1 << 22, 64])
@pytest.mark.parametrize(("body", "line", "what"), FAULTS.values(), ids=FAULTS)
def test_what_would_be_misread_is_refused_by_its_line(
    path: Path, engine: Engine, size: int, body: bytes, line: int, what: str
) -> None:
    path.write_bytes(b"a,b\n" + body)
    with pytest.raises(DataError) as caught:
        rows(path, of("a", "b"), engine, size=size)
    assert str(caught.value).startswith(f"{path}:{line}: {what}")
    assert "\n" not in str(caught.value)


@both
def test_a_quote_that_stays_open_is_refused_before_all_is_in_memory(
    path: Path, engine: Engine
) -> None:
    path.write_bytes(b'a,b\n1,2\n1,"2\n' + b"1,2\n" * (1 << 20))
    with pytest.raises(DataError, match=r"table\.csv:3: the quote before '2' is not closed"):
        rows(path, of("a", "b"), engine, size=1 << 16)


@both
def test_a_hint_names_the_setting_that_would_do(path: Path, engine: Engine) -> None:
    for body, hint in (
        (b'1,5" disk\n', "--set data.quotes=false"),
        (b"1,\xc4\xa3\xb1\xb8\n", "--set data.encoding=cp949"),
        (b"1,\xff\n", "--set data.encoding=latin-1"),
        (b"1;2\n", "--set data.delimiter="),
    ):
        path.write_bytes(b"a,b\n" + body)
        with pytest.raises(DataError) as caught:
            rows(path, of("a", "b"), engine)
        assert hint in caught.value.hint


def test_pandas_reads_where_pyarrow_is_missing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("a,b\n1,2\n")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(engines, "by_arrow", None)
    (chunk,) = read(path, of("a", "b"))
    assert rows_of(chunk) == [["1", "2"]]
