"""What the first lines of a text say of it: its delimiter, its quotes, and whether it has names."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fmbench.data.readers.cells import Malformed, cells, records

DELIMITERS = ("\t", "\x01", "::", ",", ";", "|", " ")
"""Which are tried; of equals the first is taken."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_HOLES = frozenset(("", "?", "na", "n/a", "nan", "null", "none", "\\n", "-"))
_MOST_LINES = 0.9
_MOST_NAMES = 2 / 3


class Cut(NamedTuple):
    """Some lines cut at a delimiter."""

    delimiter: str
    quotes: bool
    sound: bool
    """Whether no quote stands where it may not."""
    rows: list[list[str]]

    @property
    def width(self) -> int:
        """Return how many values most lines have."""
        return Counter(map(len, self.rows)).most_common(1)[0][0]

    @property
    def share(self) -> float:
        """Return the share of lines that have so many."""
        return sum(len(row) == self.width for row in self.rows) / len(self.rows)


def best_cut(sample: str, delimiters: Sequence[str], quotes: bool | None) -> Cut:
    """Return how some lines are best cut; into one column each where no delimiter does.

    What counts is that nearly all lines have as many values as one another, that quotes stand
    around values, that it is no blank, which texts have; then how many lines and how many values.
    Quotes are heeded unless most of those that are there stand elsewhere, or it is said.
    """
    cuts = [_cut(sample, delimiter, quotes) for delimiter in delimiters]
    return max(
        cuts,
        key=lambda cut: (
            cut.width > 1,
            cut.share >= _MOST_LINES,
            cut.sound,
            cut.delimiter != " ",
            cut.share,
            cut.width,
        ),
    )


def has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of some rows holds the names of the columns.

    It does if none of its values is a number, and a column below one of them holds numbers alone;
    in a table without numbers, if hardly any of its values stands in its column again.
    """
    first = rows[0]
    if not any(first) or any(map(_NUMBER.fullmatch, first)):
        return False
    columns = list(zip(*(row for row in rows[1:] if len(row) == len(first)), strict=True))
    if not columns:
        return True
    if any(name and _is_numeric(column) for name, column in zip(first, columns, strict=True)):
        return True
    new = sum(name not in column for name, column in zip(first, columns, strict=True))
    return new >= _MOST_NAMES * len(first)


def _is_numeric(column: Iterable[str]) -> bool:
    values = {value for value in column if value.strip().lower() not in _HOLES}
    return bool(values) and all(map(_NUMBER.fullmatch, values))


def _cut(sample: str, delimiter: str, quotes: bool | None) -> Cut:
    lines = [line.removesuffix("\r") for line in sample.rstrip("\r\n").split("\n")]
    plain = [line.split(delimiter) for line in lines]
    if quotes is False or len(delimiter.encode()) > 1:
        return Cut(delimiter, False, True, plain)
    if '"' not in sample:
        return Cut(delimiter, True, True, plain)
    rows = []
    try:
        for record in records(sample.encode(), quotes=True):
            text = record.decode().removesuffix("\n").removesuffix("\r")
            rows.append(cells(text, delimiter, quotes=True))
    except Malformed as error:
        if error.unclosed and rows:  # the lines may end inside a value
            return Cut(delimiter, True, True, rows)
        heeded = quotes or _around(lines, delimiter) > 0
        return Cut(delimiter, heeded, False, plain)
    return Cut(delimiter, True, True, rows)


def _around(lines: Iterable[str], delimiter: str) -> int:
    """Count the lines whose quotes stand around values, less those where one stands elsewhere."""
    more = 0
    for line in lines:
        if '"' in line:
            try:
                cells(line, delimiter, quotes=True)
                more += 1
            except Malformed as error:
                more -= not error.unclosed
    return more
