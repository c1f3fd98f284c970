"""Side files: which column a file shares with a table, and what its others are taken for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fmbench.data.infer.infer import Judged
from fmbench.data.infer.kinds import kind_of
from fmbench.data.infer.survey import Seen, survey
from fmbench.data.readers.lines import quoted
from fmbench.data.readers.look import look
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.table import read
from fmbench.data.readers.words import START
from fmbench.errors import DataError, shown

USELESS = ("constant", "unique", "time")
"""Kinds of columns that no field is made of."""


@dataclass(frozen=True, slots=True)
class Side:
    """All rows of a side file."""

    reading: Reading
    key: str
    """The column that it shares with the table; no value has two rows."""
    columns: Mapping[str, Seen]


def side_of(
    path: Path, reading: Reading | None, words: Collection[str], fields: Collection[str]
) -> Side:
    """Return what a side file holds, and the first column by which rows can be joined.

    Args:
        path: The file.
        reading: How it is read; None: that is found out.
        words: The table's columns that are no numbers or times.
        fields: Those of which fields can be made.

    Raises:
        DataError: No column is shared, or a value of it has several rows.
    """
    reading = reading or look(path)
    columns = survey(read(path, reading, START), reading.columns, most=2**62).columns
    shared = [name for name in columns if name in words and name in fields]
    if not shared:
        raise DataError(
            f"{shown(path)}: its columns are {', '.join(columns)}; expected one of the table's "
            f"own: {', '.join(words)}"
        )
    key = shared[0]
    if len(columns[key].counts) < columns[key].rows:
        text = max(columns[key].counts, key=columns[key].counts.__getitem__)
        raise DataError(f"{shown(path)}: {key} {quoted(text)} has several rows; expected one each")
    return Side(reading, key, columns)


def judge_sides(
    folder: Path, names: Sequence[str], table: Sequence[Judged]
) -> dict[str, list[Judged]]:
    """Return what the columns of side files are taken for, by the name of the file.

    Raises:
        DataError: As `side_of`.
    """
    fields = [each for each in table if each.role in ("field", "user", "item")]
    own = {each.seen.name for each in fields}
    words = [each.seen.name for each in fields if each.kind != "numbers"]
    taken = {each.seen.name for each in table if each.role != "not used"}
    judged = {}
    for name in names:
        side = side_of(folder / name, None, words, own)
        judged[name] = [_judged(seen, side, taken) for seen in side.columns.values()]
        taken |= {each.seen.name for each in judged[name] if each.role == "field"}
    return judged


def _judged(seen: Seen, side: Side, taken: Collection[str]) -> Judged:
    kind = kind_of(seen, side.reading.kinds.get(seen.name, ""))
    if seen.name == side.key:
        return Judged(seen, "categories", "key", "the table has it, too")
    if seen.name in taken:
        return Judged(seen, kind.name, "not used", "there is one of this name")
    role = "not used" if kind.name in USELESS else "field"
    return Judged(seen, kind.name, role, kind.why)
