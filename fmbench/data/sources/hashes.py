"""Checksums, and hashes of unchanged files: in a sweep a large file is read for them only once."""

import hashlib
import os
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Final

MD5: Final = "md5:"
"""What a checksum begins with that is an MD5; another one is a SHA-256."""

Stamp = tuple[int, int, int, int]
"""Size, times of change of content and of inode, and inode."""


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what tells two states of a file apart, unless somebody forges it."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def algorithm(checksum: str | None) -> str:
    """Return what a checksum was taken with, as hashlib calls it; SHA-256 where there is none."""
    return "md5" if checksum and checksum.startswith(MD5) else "sha256"


def written(digest: str, how: str) -> str:
    """Return hex digits as a checksum is written."""
    return f"{MD5}{digest}" if how == "md5" else digest


def checksum_of(file: BufferedReader, how: str) -> str:
    """Return the checksum of a file, read from its beginning."""
    file.seek(0)
    return written(hashlib.file_digest(file, how).hexdigest(), how)


def difference(found: str, expected: str) -> str:
    """Say which checksum was found and which was expected of the same kind."""
    kind = {"md5": "MD5", "sha256": "SHA-256"}[algorithm(found)]
    begun, wanted = (f"{each.removeprefix(MD5)[:16]}…" for each in (found, expected))
    return f"{kind} {begun}; expected {wanted}"


class Hashes:
    """Hashes that this process took; a cell is handed them, and does not take them again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, str], tuple[Stamp, str]] = {}

    def of(self, path: Path, stamp: Stamp, compute: Callable[[], str], how: str = "") -> str:
        """Return the hash of a file, computed if its stamp is another one than before.

        `how` tells hashes of different kinds apart.
        """
        place = path.absolute(), how
        if place not in self._known or self._known[place][0] != stamp:
            self._known[place] = stamp, compute()
        return self._known[place][1]
