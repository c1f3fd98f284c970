"""Joined files: what is known of a user or an item, in a file of its own."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fmbench.data.columns import AnyColumn, Column, Numbers, padded
from fmbench.data.infer.kinds import kind_of
from fmbench.data.infer.survey import Seen, survey
from fmbench.data.lists import split
from fmbench.data.readers.lines import quoted
from fmbench.data.readers.look import look
from fmbench.data.readers.table import read
from fmbench.data.readers.words import START
from fmbench.data.stored import Stored
from fmbench.errors import DataError, shown


def joined(path: Path, found: Stored, columns: Mapping[str, AnyColumn]) -> dict[str, AnyColumn]:
    """Return the columns of a side file, for the rows of a table that share a column with it.

    A value that the side file does not know has holes there. What identifies each row of the side
    file is no column of its own, and neither is one that all its rows have alike or none repeats.

    Raises:
        DataError: No column is shared or no value of it, or a value has two rows.
    """
    reading = look(path)
    side = survey(read(path, reading, START), reading.columns, most=2**62).columns
    shared = [name for name in side if name in found.words and name in columns]
    if not shared:
        raise DataError(
            f"{shown(path)}: its columns are {', '.join(side)}; expected one of the table's own: "
            f"{', '.join(found.words)}"
        )
    key = shared[0]
    if len(side[key].counts) < side[key].rows:
        text = max(side[key].counts, key=side[key].counts.__getitem__)
        raise DataError(f"{shown(path)}: {key} {quoted(text)} has several rows; expected one each")
    row_of = dict(zip(side[key].counts, range(side[key].rows), strict=True))
    rows = np.array([row_of.get(word, -1) for word in found.words[key].load()])
    if (rows < 0).all():
        raise DataError(
            f"{shown(path)}: its {key} has no value of the table's, which are such as "
            f"{quoted(found.words[key][0])}; expected the same ones"
        )
    index = found.arrays[key]
    made: dict[str, AnyColumn] = {}
    for name, seen in side.items():
        if name != key and name not in columns and name not in found.arrays:
            column = _column(seen, reading.kinds.get(name, ""), rows)
            if column is not None:
                made[name] = column.take(index)
    return made


def _column(seen: Seen, typed: str, rows: "np.typing.NDArray[np.int64]") -> AnyColumn | None:
    """Return a column for these rows of the side file, -1 for none; None: it is of no use."""
    kind = kind_of(seen, typed)
    texts = [*seen.counts, ""]
    codes = np.where(rows < 0, len(texts) - 1, seen.codes[rows])
    if kind.name in ("constant", "unique", "time"):
        return None
    if kind.name == "numbers" and seen.numbers is not None:
        return Numbers(np.append(seen.numbers, np.nan)[codes])
    if kind.name == "lists":
        return padded([split(text, kind.detail) for text in texts], codes)
    return Column(np.arange(len(texts)), codes, texts)
