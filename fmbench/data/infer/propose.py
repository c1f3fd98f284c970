"""Proposals: from files and what a user wishes to all options of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from fmbench.data.infer.infer import Inferred, Judged, infer
from fmbench.data.infer.sides import judge_sides
from fmbench.data.infer.survey import Survey, survey
from fmbench.data.readers.reading import Format, Reading
from fmbench.data.readers.table import look, read
from fmbench.data.readers.words import Chunk
from fmbench.data.registry import WHOLE
from fmbench.errors import DataError, UsageError, shown

Names = list[str]


class Wishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user may say of a table beside what all datasets take; else it is found out."""

    file: str | Names
    parts: Names | None = None
    format: Format | None = None
    delimiter: str | None = None
    header: bool | None = None
    columns: Names | None = None
    encoding: str | None = None
    quotes: bool | None = None
    label: str = ""
    user: str | None = None
    item: str | None = None
    time: str | None = None
    part: str | None = None
    time_format: str | None = None
    zone: str | None = None
    numeric: Names | None = None
    categorical: Names | None = None
    multi: dict[str, str] | None = None
    join: Names | None = None


READING: Final = ("format", "delimiter", "header", "columns", "encoding", "quotes")
"""Wishes for the reading of files, which are one option of a run: `reading`."""

TRANSIENT: Final = (*READING, "categorical")
"""Wishes that are no options of a run: what they lead to is."""

_LABEL_HINT: Final = "`fmbench data describe FILE` shows all columns; --label C names the label"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a table is, as far as its first rows tell, and the options that say so."""

    options: dict[str, Any]
    found: Inferred
    survey: Survey
    reading: Reading

    def sides(self, folder: Path) -> dict[str, list[Judged]]:
        """Return what the columns of joined files are taken for, by file; these are read whole.

        Raises:
            DataError: A file shares no column with the table, or a value of it has several rows.
        """
        joins = self.options.get("fields", "columns") in WHOLE
        names = self.options.get("join") if joins else None
        return judge_sides(folder, names or (), self.found.columns)

    @property
    def reasons(self) -> dict[str, Any]:
        """What was found and why, as plain values: of roles, of each column, and likely leaks."""
        columns = {each.seen.name: f"{each.kind}; {each.why}" for each in self.found.columns}
        return {"roles": self.found.notes, "columns": columns, "leaks": self.found.leaks}


def propose(folder: Path, args: Mapping[str, Any]) -> Proposal:
    """Look at the first rows of a table's files and return all options for it.

    Args:
        folder: Where the files are.
        args: Options of the user, those of `Wishes` and any that all datasets have.

    Raises:
        UsageError: A wish makes no sense.
        DataError: The files are not within reach, or not all of one kind.
    """
    own = {key: value for key, value in args.items() if key in Wishes.__struct_fields__}
    try:
        wishes = msgspec.convert(own, Wishes)
    except msgspec.ValidationError as error:
        raise UsageError(f"data: {error}") from error
    names = [wishes.file] if isinstance(wishes.file, str) else wishes.file
    paths = [folder / name for name in names]
    given = {key: own[key] for key in READING if own.get(key) is not None}
    reading = look(paths[0], **given)
    for path in paths[1:]:
        _check_alike(paths[0], reading, path, given)
    seen = survey(_chunks(paths, reading), reading.columns)
    if not seen.rows:
        raise DataError(f"{shown(paths[0])}: there are no rows; expected some")
    found = infer(seen, args, _typed(reading), _LABEL_HINT)
    options = {key: value for key, value in args.items() if key not in (*TRANSIENT, "without")}
    options |= {"reading": msgspec.to_builtins(reading), **found.options}
    if (wishes.parts or found.options["part"]) and "split" not in args:
        options["split"] = "given"
        found.notes.append("split: given, as the data says which part a row is of")
    return Proposal(options, found, seen, reading)


def _typed(reading: Reading) -> Mapping[str, str]:
    """Return what the format says of columns, in the words of RecBole's headers."""
    if reading.format not in ("libsvm", "libffm") or reading.layout == "features":
        return reading.kinds
    is_value = reading.layout == "indices"
    return {
        name: "float" if is_value or name.endswith(".value") else "token"
        for name in reading.columns
    }


def _chunks(paths: Sequence[Path], reading: Reading) -> Iterator[Chunk]:
    for path in paths:
        yield from read(path, reading)


def _check_alike(first: Path, reading: Reading, path: Path, given: Mapping[str, Any]) -> None:
    """Refuse a file that has other columns than the first one, or reads otherwise."""
    other = look(path, **given)
    told = [(each.format, each.delimiter, each.header, each.columns) for each in (other, reading)]
    if told[0] == told[1]:  # what else there is, the reader holds each file to
        return
    if other.columns != reading.columns:
        found, expected = (", ".join(each.columns) for each in (other, reading))
        raise DataError(
            f"{shown(path)}: its columns are {found}; expected those of {shown(first)}: {expected}"
        )
    raise DataError(f"{shown(path)}: is not written as {shown(first)} is; expected files alike")
