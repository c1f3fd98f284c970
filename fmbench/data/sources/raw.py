"""Raw files: located, verified, read, and the same before and after."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fmbench.data.code import code_of
from fmbench.data.options import options
from fmbench.data.readers.blocks import open_regular
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.fetch import locate
from fmbench.data.sources.hashes import (
    Stamp,
    algorithm,
    checksum_of,
    difference,
    stamp_of,
)
from fmbench.data.sources.where import Told, Where
from fmbench.data.table import Table
from fmbench.errors import DataError, FmbenchError, UsageError, shown


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it was when it was verified."""

    sha256: str
    pinned: bool
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Raw:
    """A dataset's files in a folder, verified, and the options for which they are read."""

    name: str
    args: Mapping[str, Any]
    folder: Path
    files: Mapping[str, RawFile]
    told: Told

    @property
    def content(self) -> str:
        """Return a hash of the files that the rows are in, and of the code that reads them."""
        rows = SOURCES[self.name].tables(self.args)
        hashes = "".join(f"{self.files[file].sha256}\n" for file in rows)
        return hashlib.sha256((hashes + code_of(DATASETS[self.name].build)).encode()).hexdigest()

    def read(self) -> Table:
        """Read the table, cut to `rows`.

        Raises:
            DataError: A file is not what its format says, or changes while it is read, or the
                dataset's own code fails.
            UsageError: The table has fewer rows.
        """
        defaults = DATASETS[self.name].defaults
        own = {key: self.args[key] for key in defaults}
        table = self._build(own)
        for file, raw in self.files.items():
            if stamp_of((self.folder / file).stat()) != raw.stamp:
                raise DataError(
                    f"{shown(self.folder / file)}: changed while it was read; try again"
                )
        rows = self.args["rows"]
        if rows is None or "rows" in defaults:
            return table
        if rows > len(table):
            raise UsageError(f"rows is {rows}; expected at most {len(table)}, as {self.name} has")
        return table.head(rows)

    def _build(self, own: Mapping[str, Any]) -> Table:
        try:
            build = DATASETS[self.name].build
            if SOURCES[self.name].is_declared:
                return build(self.folder, self.content, self.told, **own)
            return build(self.folder, **own)
        except (FmbenchError, MemoryError):
            raise
        except Exception as error:  # a plugin's code may raise anything
            what = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise DataError(f"dataset {self.name!r} fails: {what}") from error


def open_raw(name: str, args: Mapping[str, Any], where: Where) -> Raw:
    """Locate (fetch, if need be) and verify the files that a load with these options reads.

    Where a file has no pinned SHA-256, the options get a `sha256` that stands for its content.

    Raises:
        UsageError: The options make no sense.
        DataError: A file is not within reach, or not the one that was published or recorded.
    """
    args = options(name, args)
    source = SOURCES[name]
    reads, main = source.reads(args), source.main(args)
    folder = locate(name, main, where)
    metadata = [file for file in source.metadata if file in reads]
    missing = [file for file in metadata if not os.path.lexists(folder / file)]
    if missing:
        raise DataError(
            f"{shown(folder / missing[0])}: no such file; expected what fields {args['fields']!r} "
            f"reads beside {main}: {', '.join(metadata)}",
            "--fields ids and --fields habits need the ratings alone",
        )
    for file in reads:
        if not os.path.lexists(folder / file):
            raise DataError(
                f"{shown(folder / file)}: no such file; expected it beside {main}", _home(name)
            )
    files = {file: _verified(name, folder / file, pin, where) for file, pin in reads.items()}
    unpinned = [f"{file} {raw.sha256}\n" for file, raw in files.items() if not raw.pinned]
    if unpinned:
        found = hashlib.sha256("".join(unpinned).encode()).hexdigest()
        if args.setdefault("sha256", found) != found:
            raise DataError(
                f"the files of {name} are not those of the spec: their sha256 is {found[:16]}; "
                f"expected {str(args['sha256'])[:16]}"
            )
    return Raw(name, args, folder, files, where.told)


def is_pinned(name: str, args: Mapping[str, Any]) -> bool:
    """Tell whether the checksums of all files that a load reads are known beforehand."""
    return None not in SOURCES[name].reads(args).values()


def _verified(name: str, path: Path, pin: str | None, where: Where) -> RawFile:
    with open_regular(path) as file:
        stamp = stamp_of(os.fstat(file.fileno()))  # of what is open, whatever the path names by now
        sums = {
            how: where.hashes.of(path, stamp, partial(checksum_of, file, how), how)
            for how in dict.fromkeys(("sha256", algorithm(pin)))
        }
    if pin not in (None, found := sums[algorithm(pin)]):
        cached = path.parent == where.fetched(name)
        raise DataError(
            f"{shown(path)} has {difference(found, str(pin))}, the published file of {name}",
            f"`fmbench data fetch {name}` gets it anew" if cached else _own(name),
        )
    return RawFile(sums["sha256"], pin is not None, stamp)


def _own(name: str) -> str:
    """Say what reads files of the user's own."""
    if SOURCES[name].is_declared:
        return "`--dataset FILE` reads a file of your own"
    return "for your own ratings use the dataset 'ratings'"


def _home(name: str) -> str:
    """Say where a dataset is to be had."""
    home = DATASETS[name].about.get("home")
    return f"{name} is to be had from {home}" if home else ""
