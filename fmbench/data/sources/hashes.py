"""Hashes of unchanged files, so that a sweep reads a large file for its hash only once."""

import os
from collections.abc import Callable
from pathlib import Path

Stamp = tuple[int, int, int, int]
"""Size, times of change of content and of inode, and inode."""


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what tells two states of a file apart, unless somebody forges it."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class Hashes:
    """Hashes that this process took; a cell is handed them, and does not take them again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, str]] = {}

    def of(self, path: Path, stamp: Stamp, compute: Callable[[], str]) -> str:
        """Return the hash of a file, computed if its stamp is another one than before."""
        place = path.absolute()
        if place not in self._known or self._known[place][0] != stamp:
            self._known[place] = stamp, compute()
        return self._known[place][1]
