"""Declared tables: the columns of files of any format, by a declaration of what they are."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fmbench import cache
from fmbench.data.columns import ABSENT, AnyColumn, Column, Numbers, padded
from fmbench.data.datasets._joined import Side, joined
from fmbench.data.datasets._order import refuse_other_order
from fmbench.data.datasets._parsers import number_parser, time_parser
from fmbench.data.datasets._parts import parts_of
from fmbench.data.derived.calendar import calendar_columns
from fmbench.data.lists import split
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.table import read
from fmbench.data.readers.words import At
from fmbench.data.registry import WHOLE, Builder, register_dataset
from fmbench.data.sources.where import Told
from fmbench.data.splits.label import LabelRule
from fmbench.data.stored import Kept, Stored, stored
from fmbench.data.table import Table
from fmbench.errors import UnknownName

Options = Mapping[str, Any]


def read_declared(
    folder: Path,
    content: str,
    told: Told,
    *,
    file: Any = None,
    parts: Any = None,
    reading: Any = None,
    label: str = "",
    user: str = "",
    item: str = "",
    time: str = "",
    part: str = "",
    time_format: str = "",
    zone: str = "UTC",
    numeric: Any = None,
    multi: Any = None,
    unused: Any = None,
    whole: Any = None,
    join: Any = None,
    fields: str = "columns",
) -> Table:
    """Read files that a declaration describes; they are converted once and kept in the cache.

    Args:
        folder: Where the files are.
        content: A hash of the files, under which converted columns are kept.
        told: What is told how far the reading is.
        file: A name, or names of files whose rows follow one another.
        parts: The part of each file (train, valid, test), for files that are a split.
        reading: A `Reading`, as plain values.
        label: The label rule, which names its column.
        user: The column of users; empty: there is none.
        item: The column of items, or empty.
        time: The column of times, or empty.
        part: The column that says train, valid or test, or empty.
        time_format: How times are told: a unit, `iso` or a format of strptime.
        zone: The IANA name of the zone of times that do not name theirs, and of hour and weekday.
        numeric: The columns that are numbers.
        multi: Column to what separates the values in its cells.
        unused: The columns that no field is made of.
        whole: The columns of ids that are whole numbers, so that `7.0` is 7.
        join: Names of side files, or what `Side` says of them, for the fields of `WHOLE`.
        fields: A choice of fields, which is made later.

    Raises:
        UnknownName: The label rule names no column.
        DataError: A file is not as it was declared.
    """
    options: dict[str, Any] = {
        "reading": reading, "label": LabelRule.parse(label).name, "time": time, "part": part,
        "time_format": time_format, "zone": zone, "numeric": numeric or [], "multi": multi or {},
        "unused": unused or [], "whole": whole or []}  # fmt: skip
    names = [file] if isinstance(file, str) else file
    found = _stored([folder / name for name in names], content, told, options)
    columns = _columns(folder, found, options, join if fields in WHOLE else None)
    when, split = found.arrays.get(time), parts_of(found, parts, part)
    return Table(columns, _rate(found, options), when, user or None, item or None, split)


def _columns(folder: Path, found: Stored, options: Options, join: Any) -> dict[str, AnyColumn]:
    """Return the columns of the files, of what is joined, and of what the time says."""
    columns = _fields(found, options)
    for side in join or ():
        columns |= joined(folder, side, found, columns)
    return {**columns, **(_calendar(found, options, columns) if options["time"] else {})}


def _calendar(
    found: Stored, options: Options, columns: Mapping[str, AnyColumn]
) -> dict[str, Column]:
    """Return what columns do not say of the time yet, unless all rows have it alike."""
    made = calendar_columns(found.arrays[options["time"]], options["zone"])
    return {
        name: each
        for name, each in made.items()
        if name not in columns and each.index is not None and np.ptp(each.index) > 0
    }


def _stored(paths: list[Path], content: str, told: Told, options: Options) -> Stored:
    """Convert the columns that are used; a choice of label, split or fields does not do so anew."""
    reading = msgspec.convert(options["reading"], Reading)
    for path in paths:
        refuse_other_order(path, reading)
    names = [name for name in reading.columns if name not in options["unused"]]
    if options["label"] not in names:
        raise UnknownName("column", options["label"], names)
    columns = [_kept(name, options) for name in names]
    files = [partial(read, path, reading) for path in paths]
    decides = (content, reading, [(each.name, each.dtype, each.is_whole) for each in columns])
    time = (options["time"], options["time_format"], options["zone"])
    key = hashlib.sha256(msgspec.json.encode((decides, time))).hexdigest()[:24]
    share = partial(_share, [path.stat().st_size for path in paths], reading.format == "delimited")
    root = cache.folder() / "columns"
    return stored(root, key, columns, files, lambda rows, *place: told(rows, share(*place)))


def _share(sizes: list[int], is_known: bool, file: int, at: At) -> float | None:
    """Return which share of all bytes has been read; None for packed files, which hold more."""
    done = sum(sizes[:file]) + at[0]
    return done / sum(sizes) if is_known and done <= sum(sizes) else None


def _kept(name: str, options: Options) -> Kept:
    if name == options["time"]:
        return Kept(name, time_parser(name, options["time_format"], options["zone"]), "<i8")
    if name in options["numeric"]:
        return Kept(name, number_parser(name), "<f8")
    return Kept(name, is_whole=name in options["whole"])


def _fields(found: Stored, options: Options) -> dict[str, AnyColumn]:
    """Return the columns that fields can be made of, in the order of the file."""
    taken = (options["label"], options["time"], options["part"])
    return {
        name: _column(name, found, options["multi"]) for name in found.arrays if name not in taken
    }


def _column(name: str, found: Stored, multi: Mapping[str, str]) -> AnyColumn:
    array = found.arrays[name]
    if name not in found.words:
        return Numbers(array)
    words = found.words[name]
    if name not in multi:
        return Column(np.arange(len(words)), array, words)
    return padded([split(cell, multi[name]) for cell in words.load()], array)


def _rate(found: Stored, options: Options) -> npt.NDArray[Any] | Column:
    """Return what the label rule is applied to; a hole is no label."""
    name = options["label"]
    if name not in found.words:
        return found.arrays[name]
    words = found.words[name].load()
    values = np.array([i if word else ABSENT for i, word in enumerate(words)])
    return Column(values, found.arrays[name], words)


def declare(
    name: str,
    summary: str,
    *,
    files: Mapping[str, str | None],
    reading: Reading,
    sides: Sequence[Side] = (),
    url: str = "",
    archives: Mapping[str, str] | None = None,
    shared: Mapping[str, Any] | None = None,
    about: Mapping[str, str | int],
    label: str,
    fields: str = "columns",
    **options: Any,
) -> None:
    """Register a dataset by what its files hold; its options are its file, label and fields.

    Args:
        name: What it is called.
        summary: A sentence on what it is.
        files: Name to SHA-256, or `md5:` and an MD5 where only that was published, or None.
        reading: How these files are read.
        sides: Files that are joined where all columns are wanted.
        url: The folder that all files are fetched from, ending in a slash; empty: never fetched.
        archives: Zip file under `url` that holds them all, to its checksum, empty where none is
            published.
        shared: Other defaults of options that all datasets have.
        about: Licence, paper, year, and the `home` where it is to be had.
        label: The label rule.
        fields: The choice of fields.
        options: What else `read_declared` takes, fixed.
    """
    names, joined = [*files], {side.file: None for side in sides}
    fixed = {
        "reading": msgspec.to_builtins(reading),
        "join": [msgspec.to_builtins(side) for side in sides],
        **options,
    }
    build = _builder(names if len(names) > 1 else names[0], label, fields, fixed)
    build.__doc__ = summary
    packed = archives or {}
    register = register_dataset(
        name,
        files=files,
        metadata=joined,
        url=url,
        archives=dict.fromkeys(packed, (*names, *joined)),
        checksums={archive: checksum for archive, checksum in packed.items() if checksum},
        is_declared=True,
        shared=shared,
        **about,
    )
    register(build)


def _builder(main: Any, label: str, fields: str, fixed: Options) -> Builder:
    """Return what reads a declared dataset; what is not fixed are its options."""

    def build(
        folder: Path,
        content: str,
        told: Told,
        *,
        file: Any = main,
        label: str = label,
        fields: str = fields,
    ) -> Table:
        return read_declared(folder, content, told, file=file, label=label, fields=fields, **fixed)

    return build
