"""Rows of libsvm (`label index:value …`) and libffm (`label field:index:value …`) to columns.

libffm gives a column a field, which holds the index. libsvm gives a column a position where all
rows have as many pairs, whose indices lie in ranges of their own; one list of indices where all
values are 1; else a column an index, which holds the value.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from fmbench.data.readers import cells, records, uniform
from fmbench.data.readers.lines import fault, quoted
from fmbench.data.readers.reading import Layout, Reading
from fmbench.data.readers.words import LIST, START, At, Chunk, Words
from fmbench.errors import DataError, shown

Format = Literal["libsvm", "libffm"]

LABEL, QUERY, FEATURES = "label", "qid", "features"

SIZE = 8 << 20
"""Bytes of text that are read at a time."""

_SEEN = 10_000  # rows that are looked at
_MOST_INDICES = 1_000  # of which each becomes a column
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LABEL, _QUERY = re.compile(_NUMBER), re.compile(r"qid:(\d+)")
_PAIR = {
    "libsvm": re.compile(rf"()(\d+):({_NUMBER})"),
    "libffm": re.compile(rf"(\d+):(\d+):({_NUMBER})"),
}
_EXPECTED = {
    "libsvm": "label index:value index:value …",
    "libffm": "label field:index:value field:index:value …",
}
_VALUE = ".value"
_MORE = "columns come from the first 10,000 rows; --set data.columns=… names those of all"


class Row(NamedTuple):
    """A line of the file."""

    line: int
    label: str
    query: str | None
    pairs: list[tuple[str, str, str]]
    """Field, index and value of each; of libsvm the field is empty."""


def format_of(lines: Sequence[str]) -> Format | None:
    """Return the format whose shape all lines have, at least one of them with a pair."""
    for format in ("libsvm", "libffm"):
        rows = [_parsed(line, 0, format) for line in lines if not line.startswith("#")]
        if all(rows) and any(row.pairs for row in rows if row):
            return format
    return None


def look(path: Path, format: Format, columns: Sequence[str] | None = None) -> Reading:
    """Return how a file is read, by its first 10,000 rows; further `columns` may be given.

    Raises:
        DataError: A line is of another shape, or there are too many indices for a column each.
        EnvironmentFault: The disk fails.
    """
    reading = Reading(format=format, columns=[], header=False, delimiter=" ", quotes=False)
    blocks = records.blocks(path, reading, size=SIZE)
    rows = list(islice((row for block in blocks for row in _rows(path, block, reading)), _SEEN))
    if not rows:
        raise DataError(f"{shown(path)}: no rows; expected {_EXPECTED[format]}")
    found, layout = _of_indices(path, rows) if format == "libsvm" else (_fields(rows), "")
    query = [QUERY] if any(row.query for row in rows) else []
    found = [LABEL, *query, *found]
    missing = next((name for name in found if columns is not None and name not in columns), None)
    if missing is not None:
        what = f"there is a column {missing!r} in the first rows; expected it in those given"
        raise DataError(f"{shown(path)}: {what}")
    return msgspec.structs.replace(reading, columns=list(columns or found), layout=layout)


def read(path: Path, reading: Reading, at: At = START, *, size: int = SIZE) -> Iterator[Chunk]:
    """Yield the rows of a file from a place on; each chunk holds some `size` bytes of text.

    Labels, indices and values are texts as they stand, without a plus sign before them; several
    indices of a field are joined by `LIST`. A field that a row lacks is a hole, an index `0`.

    Raises:
        DataError: A line is of another shape, or does not fit the columns.
        EnvironmentFault: The disk fails.
    """
    known = frozenset(reading.columns)
    absent = "0" if reading.layout == "indices" else None
    for block in records.blocks(path, reading, at, size):
        columns = _uniform(block.data, reading, known, absent)
        if columns is None:
            rows = [_cells(path, row, reading, known) for row in _rows(path, block, reading)]
            columns = {
                name: Words.of(row.get(name, absent) for row in rows) for name in reading.columns
            }
        if len(columns[LABEL].codes):
            yield Chunk(columns, block.end)


def _uniform(
    data: bytes, reading: Reading, known: frozenset[str], absent: str | None
) -> dict[str, Words] | None:
    """Return the columns of rows that all have one shape, or None: the slow way decides."""
    layout = reading.layout
    found = uniform.parsed(data, 3 if reading.format == "libffm" else 2)
    if found is None or layout == "features":
        return None
    columns = {LABEL: found[0]}
    for i, (field, index, value) in enumerate(found[1], start=1):
        names, cells = [str(i)], index
        if layout != "positions":
            names, cells = (field or index).texts, index if field else value
        if len(names) != 1 or names[0] in columns:
            return None
        columns[names[0]] = cells
        valued = layout != "indices" and not all(map(_is_one, value.texts))
        if valued or f"{names[0]}{_VALUE}" in known:
            columns[f"{names[0]}{_VALUE}"] = value
    expected = sum(name.isdecimal() for name in known)
    if columns.keys() - known or (layout == "positions" and len(found[1]) != expected):
        return None
    rest = Words.coded([absent], np.zeros(len(found[0].codes), np.int8))
    return {name: columns.get(name, rest) for name in reading.columns}


def _rows(path: Path, block: records.Block, reading: Reading) -> Iterator[Row]:
    """Yield the rows of a block, leaving out lines that are a comment."""
    offset, line = block.at
    for raw in cells.records(block.data, quotes=False):
        text = cells.decoded(path, raw, offset, line, reading.encoding)
        offset += len(raw)
        if not text.startswith("#"):
            row = _parsed(text, line, reading.format)
            if row is None:
                expected = _EXPECTED[reading.format]
                raise fault(path, line, f"the line is {quoted(text)}; expected {expected}")
            yield row
        line += 1


def _parsed(text: str, line: int, format: str) -> Row | None:
    """Return a line's parts, or None if it is of another shape."""
    label, *words = text.partition("#")[0].split() or [""]
    query = _QUERY.fullmatch(words[0]) if words and format == "libsvm" else None
    pairs = [_PAIR[format].fullmatch(word) for word in words[1 if query else 0 :]]
    if not _LABEL.fullmatch(label) or not all(pairs):
        return None
    return Row(
        line,
        label.removeprefix("+"),
        query[1] if query else None,
        [(pair[1], pair[2], pair[3].removeprefix("+")) for pair in pairs if pair],
    )


def _fields(rows: Sequence[Row]) -> list[str]:
    """Return the columns of libffm: the fields by number, each with one of values if it needs."""
    valued: dict[str, bool] = {}
    for row in rows:
        for field, _, value in row.pairs:
            valued[field] = valued.get(field, False) or not _is_one(value)
    return list(_with_values({name: valued[name] for name in sorted(valued, key=int)}))


def _of_indices(path: Path, rows: Sequence[Row]) -> tuple[list[str], Layout]:
    """Return the columns of libsvm, and what each of them is."""
    if _are_positions(rows):
        valued = {
            str(i): not all(_is_one(pair[2]) for pair in position)
            for i, position in enumerate(zip(*(row.pairs for row in rows), strict=True), start=1)
        }
        return list(_with_values(valued)), "positions"
    if all(_is_one(value) for row in rows for _, _, value in row.pairs):
        return [FEATURES], "features"
    indices = sorted({index for row in rows for _, index, _ in row.pairs}, key=int)
    if len(indices) > _MOST_INDICES:
        raise DataError(
            f"{shown(path)}: {len(indices)} indices with values other than 1 in the first"
            f" {len(rows)} rows; expected at most {_MOST_INDICES}, or as many pairs in each row",
            "libffm says which field an index belongs to: `label field:index:value …`",
        )
    return indices, "indices"


def _are_positions(rows: Sequence[Row]) -> bool:
    """Tell whether the pair at a position is the value of a field, in every row."""
    if len({len(row.pairs) for row in rows}) > 1:
        return False
    ranges, varies = [], False
    for position in zip(*(row.pairs for row in rows), strict=True):
        indices = {int(index) for _, index, _ in position}
        varies = varies or len(indices) > 1
        ranges.append((min(indices), max(indices)))
    apart = all(low[1] < high[0] for low, high in pairwise(sorted(ranges)))
    return varies and apart


def _with_values(valued: dict[str, bool]) -> Iterator[str]:
    for name, has_values in valued.items():
        yield name
        if has_values:
            yield f"{name}{_VALUE}"


def _is_one(value: str) -> bool:
    return value == "1" or float(value) == 1


def _cells(path: Path, row: Row, reading: Reading, known: frozenset[str]) -> dict[str, str]:
    """Return the cells of a row by the name of their column.

    Raises:
        DataError: A pair has no column.
    """
    layout = reading.layout
    found = {LABEL: row.label} | ({QUERY: row.query} if row.query else {})
    if layout == "positions":
        _refuse_count(path, row, known)
    for i, (field, index, value) in enumerate(row.pairs, start=1):
        name, text = _PLACES[layout](i, field, index, value)
        if layout == "indices" and name in found:
            raise fault(path, row.line, f"index {name} is there twice; expected it once")
        texts = ((name, text),) if layout == "indices" else ((name, text), (name + _VALUE, value))
        for column, more in texts:
            found[column] = f"{found[column]}{LIST}{more}" if column in found else more
    for name in found.keys() - known:
        field = name.removesuffix(_VALUE)
        if field not in known:
            raise fault(path, row.line, f"there is a column {field}; expected no other", _MORE)
        if not all(map(_is_one, found[name].split(LIST))):
            values = quoted(found[name].replace(LIST, " "))
            raise fault(path, row.line, f"{field} has the value {values}; expected 1", _MORE)
    return found


def _refuse_count(path: Path, row: Row, known: frozenset[str]) -> None:
    expected = sum(name.isdecimal() for name in known)
    if len(row.pairs) != expected:
        pairs = f"{len(row.pairs)} pair{'s' if len(row.pairs) != 1 else ''}"
        raise fault(path, row.line, f"{pairs}; expected {expected}, as in the first rows")


_PLACES: dict[Layout, Callable[[int, str, str, str], tuple[str, str]]] = {
    "": lambda i, field, index, value: (field, index),
    "positions": lambda i, field, index, value: (str(i), index),
    "features": lambda i, field, index, value: (FEATURES, index),
    "indices": lambda i, field, index, value: (index, value),
}
"""Which column a pair belongs to, and what stands there."""
