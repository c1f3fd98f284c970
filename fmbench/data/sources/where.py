"""Where raw files and the cache are: what the flag, the environment and the platform say."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmbench import cache
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.hashes import Hashes
from fmbench.errors import DataError, shown

Told = Callable[[int, float | None], None]
"""Takes how many rows have been read, and which share of all bytes if that can be known."""


def nobody(rows: int, share: float | None) -> None:
    """Tell nobody."""


NO_FOLDER = Path()
"""Stands for the folder of a dataset that is generated and has no files."""


@dataclass(frozen=True, slots=True)
class Where:
    """What the user says about places: the `--data-dir` flag; the rest is in the environment."""

    data_dir: Path | None = None
    is_exact: bool = False
    """Whether the files are in `data_dir` itself, so that no other folder is looked into."""
    hashes: Hashes = field(default_factory=Hashes, compare=False, repr=False)
    """Hashes of the files there, as far as they were taken."""
    inferred: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was found out of own tables, and why, by the options that it led to."""
    told: Told = field(default=nobody, compare=False, repr=False)
    """What is told how far the reading of a large table is."""

    def __reduce__(self) -> tuple[type["Where"], tuple[Any, ...]]:
        """Leave out who is told: nobody is in another process."""
        return Where, (self.data_dir, self.is_exact, self.hashes, self.inferred)

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched or made again; it need not exist."""
        return cache.folder()

    def fetched(self, name: str) -> Path:
        """Return the folder in the cache that dataset `name` is fetched into."""
        return self.cache / "raw" / name

    def folders(self, name: str) -> list[Path]:
        """Return where files that the user laid down for dataset `name` may be, in order."""
        if self.data_dir is not None and self.is_exact:
            return [self.data_dir]
        folders = [] if self.data_dir is None else [self.data_dir / name, self.data_dir]
        if named := os.environ.get("FMBENCH_DATA"):
            folders.append(Path(named) / name)
        return folders


def find(name: str, where: Where) -> Path | None:
    """Return the folder of a dataset's raw files, or None when only the network has them.

    Raises:
        UnknownName: No dataset has this name.
        DataError: The folder that the user named does not exist.
    """
    DATASETS[name]
    return find_file(name, next(iter(SOURCES[name].files), None), where)


def find_file(name: str, main: str | None, where: Where) -> Path | None:
    """Return the first folder that holds `main`, the file that a dataset cannot be read without.

    Raises:
        DataError: The folder that the user named does not exist.
    """
    if main is None:
        return NO_FOLDER
    if where.data_dir is not None and not where.data_dir.is_dir():
        raise DataError(f"--data-dir {shown(where.data_dir)}: no such folder")
    for folder in where.folders(name):
        if os.path.lexists(folder / main):  # if it cannot be read, that is to be said, not skipped
            return folder
    source = SOURCES[name]
    fetched = where.fetched(name)
    if source.url and all((fetched / file).is_file() for file in source.all_files):
        return fetched
    return None
