"""The strict reader: what is accepted, what is refused, and that fast and slow agree."""

from functools import partial
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbench.data.datasets._kmrd import RATES
from fmbench.data.readers import strict
from fmbench.data.readers.blocks import blocks
from fmbench.data.readers.lines import Integer, Text, quoted
from fmbench.data.readers.strict import read_integers, read_text
from fmbench.errors import DataError

HEADER = b"user,movie,rate,time\n"
GOOD = b"0,10003,7,1494128040\n"
ROW = "user,movie,rate,time"


def refused(path: Path, content: bytes) -> DataError:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_integers(path, RATES)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rates.csv"


@pytest.mark.parametrize(
    "content",
    [
        HEADER + GOOD * 2,
        (HEADER + GOOD * 2)[:-1],
        HEADER + GOOD * 2 + b"\n",
        HEADER + GOOD * 2 + b"\r\n\n\r\n",
        b"\xef\xbb\xbf" + HEADER + GOOD * 2,
        (HEADER + GOOD * 2).replace(b"\n", b"\r\n"),
        HEADER + GOOD + GOOD.replace(b"\n", b"\r\n"),
        (HEADER + GOOD * 2).replace(b"\n", b"\r\n")[:-2],
        b"rate,time,user,movie\n" + b"7,1494128040,0,10003\n" * 2,
    ],
    ids=[
        "plain",
        "no last break",
        "empty end",
        "empty ends",
        "bom",
        "crlf",
        "mixed",
        "crlf end",
        "order",
    ],
)
def test_accepted(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = read_integers(path, RATES)
    expected = {"user": [0, 0], "movie": [10003] * 2, "rate": [7, 7], "time": [1494128040] * 2}
    assert {name: column.tolist() for name, column in found.items()} == expected
    assert list(found) == list(expected)
    assert all(column.dtype == np.int64 for column in found.values())


def test_ids_up_to_int64(path: Path) -> None:
    path.write_bytes(HEADER + GOOD + b"9223372036854775807,0,1,1494128040\n")
    found = read_integers(path, RATES)
    assert found["user"].tolist() == [0, 2**63 - 1]
    assert found["movie"].tolist() == [10003, 0]


BAD_VALUES = {
    "nan": "nan", "NaN": "NaN", "empty": "", "negative": "-1", "fraction": "7.0", "sign": "+7",
    "exponent": "1e3", "hex": "0x10", "underscore": "1_0", "blank before": " 7",
    "blank after": "7 ",
    "leading zero": "07", "two zeros": "00", "2^63": "9223372036854775808", "20 digits": "1" * 20,
    "5000 digits": "1" * 5000, "full width": "１０", "arabic": "٣", "quoted": '"7"', "null": "null",
    "inf": "inf", "next line": "7\u2028",
}  # fmt: skip


@pytest.mark.parametrize("value", BAD_VALUES.values(), ids=BAD_VALUES)
def test_what_is_no_number(path: Path, value: str) -> None:
    error = refused(path, HEADER + GOOD * 3 + f"5,{value},7,1494128040\n".encode() + GOOD)
    assert str(error) == (
        f"{path}:5: movie is {quoted(value)}; "
        "expected a whole number from 0 to 9223372036854775807 in plain digits"
    )
    assert str(error).isascii()
    assert len(str(error)) < 400


@pytest.mark.parametrize("rate", ["0", "11", "-1", "10.5", ""])
def test_rate_outside_one_to_ten(path: Path, rate: str) -> None:
    error = refused(path, HEADER + GOOD + f"1,2,{rate},1494128040\n".encode())
    assert f":3: rate is '{rate}'; expected a whole number from 1 to 10" in str(error)


@pytest.mark.parametrize(
    "time", ["1494128040000", "14941", "149412804", "0", "-1", "32503680000", "9" * 18]
)
def test_implausible_time(path: Path, time: str) -> None:
    error = refused(path, HEADER + f"1,2,3,{time}\n".encode())
    assert f":2: time is '{time}'; expected a whole number from 631152000 to 4102444799" in str(
        error
    )
    assert "milliseconds" in error.hint


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"", "0 bytes of text; expected rows below the header user,movie,rate,time", ""),
        (b"\xef\xbb\xbf", "0 bytes of text", ""),
        (b"\n\n", "0 bytes of text", ""),
        (HEADER, "only a header; expected rows below", ""),
        (HEADER + b"\r\n\n", "only a header; expected rows below", ""),
        (
            b"user,movie,rating,time\n" + GOOD,
            ":1: there is no column 'rate' among 'user', 'movie', 'rating', 'time'; expected",
            "is 'rating' meant to be 'rate'?",
        ),
        (b"user,movie,time\n", ":1: there is no column 'rate' among 'user', 'movie', 'time'", ""),
        (b"user,movie,rate,time,text\n" + GOOD, ":1: column 'text' is unknown; expected", ""),
        (b"user,movie,rate,time,rate\n" + GOOD, ":1: column 'rate' is there twice", ""),
        (b"user, movie,rate,time\n" + GOOD, ":1: there is no column 'movie'", "to be 'movie'"),
        (GOOD * 2, ":1: the first line looks like data: '0,10003,7,1494128040'; expected", ""),
        (HEADER.replace(b",", b"\t"), ":1: 3 tabs and no commas; expected " + ROW, ""),
        (HEADER.replace(b",", b";"), ":1: 3 semicolons and no commas; expected " + ROW, ""),
        (HEADER + GOOD.replace(b",", b"\t"), ":2: 1 value in '0\\t10003\\t7\\t1494128040'", ""),
        (HEADER + GOOD + b"1,2,3\n" + GOOD, ":3: 3 values in '1,2,3'; expected 4: " + ROW, ""),
        (HEADER + b"1,2,3,1494128040,5\n", ":2: 5 values in '1,2,3,1494128040,5'; expected 4", ""),
        (HEADER + GOOD + b"1,2,3", ":3: 3 values", "is it cut short?"),
        (HEADER + GOOD + b"\n" + GOOD, ":3: the line is empty; expected " + ROW, ""),
        (HEADER + b"\n" + GOOD, ":2: the line is empty", ""),
        (HEADER + GOOD + b"  \n" + GOOD, ":3: the line is empty", ""),
        (HEADER + GOOD.replace(b"\n", b"\r") * 2, ":2: there is a carriage return without", ""),
        (HEADER + GOOD[:-1] + b"\r", ":2: there is a carriage return without line feed", ""),
        (HEADER + GOOD[:-1] + b"\r\r\n", ":2: there is a carriage return without line feed", ""),
        (HEADER + b"1,2,\x003,1494128040\n", ":2: there is a NUL byte; expected text", ""),
        (HEADER + b"1,2,\xff,1\n", ":2: byte 0xff at offset 25 is not UTF-8", ""),
        (HEADER + "1,가,3,4\n".encode("cp949"), ":2: byte 0xb0 at offset 23 is not UTF-8", "CP949"),
        ((HEADER + GOOD).decode().encode("utf-16"), "is UTF-16 or UTF-32 text; expected", ""),
        ((HEADER + GOOD).decode().encode("utf-16-le"), "looks like UTF-16 or UTF-32", ""),
        ((HEADER + GOOD).decode().encode("utf-32-be"), "looks like UTF-16 or UTF-32", ""),
        (b"\x1f\x8b\x08\x00rest", "is gzip data; expected plain text in UTF-8", ""),
        (b"PK\x03\x04rest", "is a zip archive; expected plain text in UTF-8", ""),
        (HEADER + b"1" * (2 << 20) + b"\n", ":2: the line is longer than 1 MiB", ""),
    ],
)  # fmt: skip
def test_what_is_no_such_file(path: Path, content: bytes, message: str, hint: str) -> None:
    error = refused(path, content)
    assert str(error).startswith(str(path))
    assert message in str(error)
    assert hint in error.hint
    assert bool(hint) == bool(error.hint)


def test_tab_separated_text_is_taken_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "movies.txt"
    path.write_text('movie\ttitle\tyear\n1\t"NA, \u2028\x0b\t\n2\tnull\t1999\n')
    columns = {"movie": Integer(), "title": Text(), "year": Integer(high=9999, optional=True)}
    found = read_text(path, columns, "\t")
    assert found == {
        "movie": ["1", "2"],
        "title": ['"NA, \u2028\x0b', "null"],
        "year": ["", "1999"],
    }
    path.write_text("movie\ttitle\tyear\n1\tx\t19 99\n")
    with pytest.raises(
        DataError, match=r"year is '19 99'; expected .* from 0 to 9999 .*, or nothing"
    ):
        read_text(path, columns, "\t")
    path.write_text("movie,title,year\n")
    with pytest.raises(DataError, match="2 commas and no tabs; expected movie<TAB>title<TAB>year"):
        read_text(path, columns, "\t")


def test_text_is_kept_letter_by_letter(tmp_path: Path) -> None:
    titles = ["\uf9b4", "A\u030a", "\u2028", "\x85", "\v\f", "\x1b[1m", "'", '"', " ", "NaN", ""]
    path = tmp_path / "movies.txt"
    rows = [f"{number}\t{title}\n" for number, title in enumerate(titles)]
    path.write_bytes(("movie\ttitle\n" + "".join(rows)).encode())
    assert read_text(path, {"movie": Integer(), "title": Text()}, "\t")["title"] == titles


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "movies.txt"
    path.write_bytes("movie\ttitle\n1\tx\n2\t시네마 천국\n".encode("cp949"))
    with pytest.raises(DataError, match=r":3: byte 0xbd at offset 18 is not UTF-8") as caught:
        read_text(path, {"movie": Integer(), "title": Text()}, "\t")
    assert "it reads as CP949" in caught.value.hint


def test_quoted_is_short_and_ascii() -> None:
    assert quoted("가") == "'\\uac00'"
    assert quoted("x" * 80) == f"'{'x' * 80}'"
    assert quoted("x" * 81) == f"'{'x' * 77}...'"
    assert len(quoted("가" * 10**6)) == 82


ROWS = st.lists(
    st.tuples(*(st.integers(kind.low, kind.high) for kind in RATES.values())), min_size=1
)


@given(ROWS, st.permutations(range(4)), st.booleans(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_how_it_is_written_does_not_show(
    path: Path, rows: list[tuple[int, ...]], order: list[int], bom: bool, data: st.DataObject
) -> None:
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(rows)))
    lines = [",".join(str(row[i]) for i in order) for row in rows]
    lines.insert(0, ",".join(list(RATES)[i] for i in order))
    text = "".join(map("".join, zip_longest(lines, ["\n", *ends], fillvalue="")))
    if len(ends) == len(rows) and data.draw(st.booleans()):
        text = text.removesuffix(ends[-1])
    path.write_bytes(b"\xef\xbb\xbf" * bom + text.encode())
    found = read_integers(path, RATES)
    assert list(found) == list(RATES)
    assert [*zip(*(column.tolist() for column in found.values()), strict=True)] == rows


@pytest.mark.parametrize("size", [22, 23, 30, 41, 64, 1000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_blocks_do_not_show(
    path: Path, size: int, end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{i},{i * i},{i % 10 + 1},{1494128040 + i}" for i in range(40)]
    monkeypatch.setattr(strict, "blocks", partial(blocks, size=size))
    path.write_bytes(HEADER + "\r\n".join(rows).encode() + end)
    found = read_integers(path, RATES)
    assert found["movie"].tolist() == [i * i for i in range(40)]
    rows[31] = "31,x,2,1494128040"
    assert ":33: movie is 'x'" in str(refused(path, HEADER + "\n".join(rows).encode() + end))
    rows[31] = ""
    assert ":33: the line is empty" in str(refused(path, HEADER + "\n".join(rows).encode() + end))
    rows[31] = "31,\xff,2,3"
    content = HEADER + "\n".join(rows).encode("latin-1")
    assert f":33: byte 0xff at offset {content.index(0xFF)} is" in str(refused(path, content))
    assert ":2: the line is empty" in str(refused(path, HEADER + b"\n" + GOOD))


def test_a_line_break_may_fall_between_two_blocks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (HEADER + GOOD * 2).replace(b"\n", b"\r\n") + b"\n\r\n"
    path.write_bytes(content)
    for size in range(22, len(content) + 1):
        monkeypatch.setattr(strict, "blocks", partial(blocks, size=size))
        assert read_integers(path, RATES)["user"].tolist() == [0, 0]
