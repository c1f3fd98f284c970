"""The fast check of records and the slow, exact one say the same; blocks are whole records."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fmbench.data.readers import engines
from fmbench.data.readers.cells import cells, records, refuse_faults
from fmbench.data.readers.delimited import read
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.records import blocks, has_width, is_plain
from fmbench.data.readers.words import Chunk
from fmbench.errors import DataError

Table = dict[str, list[str | None]]
Join = Callable[[Iterable[Chunk]], Table]

ANYTHING = st.text('a",\n\r', min_size=1, max_size=24).map(lambda text: text + "\n")


def accepts(data: bytes, reading: Reading) -> bool:
    try:
        refuse_faults(Path("x"), data, 0, 1, reading)
    except DataError:
        return False
    return True


@settings(max_examples=800, deadline=None)
@given(ANYTHING, st.integers(1, 3), st.booleans())
@example('"\r"\n', 1, True)
@example('a,"\r\n",\r\n', 3, True)
@example('"a"\r,\n', 2, True)
@example("\r\n", 2, True)
@example('"""",""\n', 2, True)
def test_fast_and_exact_agree_on_what_is_right(text: str, width: int, quotes: bool) -> None:
    data = text.encode()
    columns = ["x", "y", "z"][:width]
    reading = Reading(format="delimited", columns=columns, header=False, quotes=quotes)
    fast = is_plain(data, width, ",", quotes=quotes) and has_width(data, width, ",", quotes=quotes)
    assert fast == accepts(data, reading)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANYTHING, st.integers(1, 3), st.booleans())
def test_what_is_right_is_read_as_its_cells_and_all_else_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
    table_of: Join,
    text: str,
    width: int,
    quotes: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.csv"
    path.write_bytes(text.encode())
    columns = ["x", "y", "z"][:width]
    reading = Reading(format="delimited", columns=columns, header=False, quotes=quotes)
    data = re.sub(rb"(?<![^\n])(\r?\n)+\Z", b"", text.encode())
    expected = None
    if accepts(data, reading):
        lines = (raw.decode()[:-1].removesuffix("\r") for raw in records(data, quotes=quotes))
        expected = [[cell or None for cell in cells(line, ",", quotes=quotes)] for line in lines]
    for engine in (engines.by_arrow, engines.by_pandas):
        for size in (4, 1 << 20):
            try:
                table = table_of(read(path, reading, size=size, engine=engine))
            except DataError:
                assert expected is None
            else:
                assert [list(row) for row in zip(*table.values(), strict=True)] == expected


def test_blocks_are_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\n1,"x\n\ny"\n\n3,4\n5,6\n\n\n')
    reading = Reading(format="delimited", columns=["a", "b"])
    found = list(blocks(path, reading, size=8))
    assert [block.data for block in found] == [b'a,b\n1,"x\n\ny"\n', b"\n3,4\n", b"5,6\n"]
    assert [block.at for block in found] == [(3, 1), (16, 5), (21, 7)]
    assert [block.end for block in found] == [(16, 5), (21, 7), (25, 8)]


def test_records_end_where_no_quote_is_open() -> None:
    data = b'a,b\n"x\ny",1\r\n"z\n'
    assert list(records(data, quotes=True)) == [b"a,b\n", b'"x\ny",1\r\n', b'"z\n']
    assert len(list(records(data, quotes=False))) == 4


def test_cells_are_those_of_rfc_4180() -> None:
    assert cells('a,"b,""c""\n",,""', ",", quotes=True) == ["a", 'b,"c"\n', "", ""]
    assert cells('"a', ",", quotes=False) == ['"a']
