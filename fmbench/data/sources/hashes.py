"""Hashes of files that have not changed since: what is large is read for its hash once a sweep."""

import os
from collections.abc import Callable
from pathlib import Path

Stamp = tuple[int, int, int, int]
"""Size, times of change of content and of inode, and inode."""


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what differs between two states of a file, unless somebody forges it."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class Hashes:
    """What this process has hashed; a cell gets it along, and so reads nothing for it again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, str]] = {}

    def of(self, path: Path, stamp: Stamp, compute: Callable[[], str]) -> str:
        """Return the hash of a file with this stamp, computed if it is another one than before."""
        place = path.absolute()
        if place not in self._known or self._known[place][0] != stamp:
            self._known[place] = stamp, compute()
        return self._known[place][1]
