"""Columns and tables of a few cells, seen as the first rows of files are."""

from collections.abc import Mapping, Sequence

from fmbench.data.infer.survey import Seen, Survey, survey
from fmbench.data.readers.words import Chunk, Words

Cells = Sequence[str | None]


def table(columns: Mapping[str, Cells]) -> Survey:
    """Return the survey of columns, all of one chunk."""
    rows = len(next(iter(columns.values())))
    chunk = Chunk({name: Words.of(cells) for name, cells in columns.items()}, (rows, rows + 1))
    return survey([chunk], list(columns))


def column(cells: Cells, name: str = "x") -> Seen:
    """Return a column by itself."""
    return table({name: cells}).columns[name]
