"""Joined files: what is known of a user or an item, in a file of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fmbench.data.columns import AnyColumn, Column, Numbers, padded
from fmbench.data.infer.kinds import Kind, kind_of
from fmbench.data.infer.sides import USELESS, side_of
from fmbench.data.infer.survey import Seen
from fmbench.data.lists import split
from fmbench.data.readers.lines import quoted
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.words import plain_number
from fmbench.data.stored import Stored
from fmbench.errors import DataError, shown


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
           omit_defaults=True):  # fmt: skip
    """A side file of which more is known than its name."""

    file: str
    reading: Reading | None = None
    """None: it is found out."""
    multi: dict[str, str] = {}
    """Column to what separates the values in its cells."""
    flags: dict[str, list[str]] = {}
    """What a list is called, to the columns that say with a 1 that their name is in it."""
    unused: list[str] = []
    """The columns that no field is made of."""


def joined(
    folder: Path, entry: Any, found: Stored, columns: Mapping[str, AnyColumn]
) -> dict[str, AnyColumn]:
    """Return the columns of a side file, for the rows of a table that share a column with it.

    A value that the side file does not know has holes there. What identifies each row of the side
    file is no column of its own, and neither is one that all its rows have alike or none repeats.

    Args:
        folder: Where the side file is.
        entry: Its name, or a `Side` as plain values.
        found: The columns of the table as they are stored.
        columns: The columns of the table that fields can be made of.

    Raises:
        DataError: No column is shared or no value of it, or a value has two rows.
    """
    known = Side(file=entry) if isinstance(entry, str) else msgspec.convert(entry, Side)
    path = folder / known.file
    looked = side_of(path, known.reading, found.words, columns)
    side, key, reading = looked.columns, looked.key, looked.reading
    row_of = {plain_number(text): row for row, text in enumerate(side[key].counts)}
    rows = np.array([row_of.get(plain_number(word), -1) for word in found.words[key].load()])
    if (rows < 0).all():
        raise DataError(
            f"{shown(path)}: its {key} has no value of the table's, which are such as "
            f"{quoted(found.words[key][0])}; expected the same ones"
        )
    index = found.arrays[key]
    made: dict[str, AnyColumn] = {}
    flags = [name for names in known.flags.values() for name in names]
    taken = {key, *columns, *found.arrays, *known.unused, *flags}
    for name, seen in side.items():
        if name not in taken:
            column = _column(seen, _kind(seen, known, reading), rows)
            if column is not None:
                made[name] = column.take(index)
    for name, names in known.flags.items():
        made[name] = _flagged([side[each] for each in names], rows).take(index)
    return made


def _kind(seen: Seen, known: Side, reading: Reading) -> Kind:
    if (separator := known.multi.get(seen.name)) is not None:
        return Kind("lists", "it was said", separator)
    return kind_of(seen, reading.kinds.get(seen.name, ""))


def _flagged(flags: Sequence[Seen], rows: npt.NDArray[np.int64]) -> Column:
    """Return the list of columns that have a 1, for these rows of the side file."""
    holds = [np.array([text == "1" for text in seen.counts])[seen.codes] for seen in flags]
    names = [seen.name for seen in flags]
    cells = [
        [name for name, has in zip(names, row, strict=True) if has]
        for row in zip(*holds, strict=True)
    ]
    return padded([*cells, []], np.where(rows < 0, len(cells), rows))


def _column(seen: Seen, kind: Kind, rows: npt.NDArray[np.int64]) -> AnyColumn | None:
    """Return a column for these rows of the side file, -1 for none; None: it is of no use."""
    texts = [*seen.counts, ""]
    codes = np.where(rows < 0, len(texts) - 1, seen.codes[rows])
    if kind.name in USELESS:
        return None
    if kind.name == "numbers" and seen.numbers is not None:
        return Numbers(np.append(seen.numbers, np.nan)[codes])
    if kind.name == "lists":
        return padded([split(text, kind.detail) for text in texts], codes)
    return Column(np.arange(len(texts)), codes, texts)
