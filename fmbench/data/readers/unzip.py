"""Taking named files out of a zip archive that nobody vouches for."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO

from fmbench.errors import DataError

LARGEST_FILE = 1 << 30
LARGEST_DIRECTORY = 1 << 20
"""Bytes of an archive's list of members, all of which is read into memory."""
_CHUNK = 1 << 20
_LOCAL_HEADER = 30
"""Bytes before a member's name."""
_END = struct.Struct("<4s8xL6x")
"""The end of an archive: its mark and the size of the list of members."""
_LOCATOR_SIZE = 20
"""Bytes before the end that lead to other sizes, for what is larger than 4 GiB."""
_LONGEST_COMMENT = 0xFFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
"""What the standard library raises for archives that are damaged, encrypted or of a newer kind."""


def extract(archive: Path, names: Sequence[str], folder: Path) -> None:
    """Write the files `names` of the archive into `folder`, each at once or not at all.

    Only these base names are ever written, wherever in the archive they are; its folders, links,
    permissions and stated sizes are not believed.

    Raises:
        DataError: The archive is damaged or hostile, or a file is missing, there twice or too big.
        OSError: `folder` cannot be written.
    """
    try:
        _refuse_long_directory(archive)
        with zipfile.ZipFile(archive) as opened:
            _refuse_overlap(opened, archive.name)
            members = _chosen(opened, names, archive.name)
            for name in names:
                with opened.open(members[name]) as source:
                    _write(source, folder / name, archive.name)
    except _DAMAGE as error:
        raise DataError(f"{archive.name} cannot be read as a zip archive: {error}") from None


def _refuse_long_directory(archive: Path) -> None:
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_COMMENT - _END.size - _LOCATOR_SIZE))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0:
        return  # not an archive, as whoever opens it will say
    _, listed = _END.unpack_from(tail, end)
    if listed > LARGEST_DIRECTORY or tail[max(0, end - _LOCATOR_SIZE) :].startswith(b"PK\6\7"):
        raise DataError(
            f"{archive.name} lists more members than {LARGEST_DIRECTORY} bytes hold; not opened"
        )


def _refuse_overlap(opened: zipfile.ZipFile, archive: str) -> None:
    """Refuse members that share bytes: so a bomb makes much out of little (Fifield, 2019)."""
    members = sorted(opened.infolist(), key=lambda member: member.header_offset)
    places = [*(member.header_offset for member in members), opened.start_dir]
    for member, (start, end) in zip(members, pairwise(places), strict=True):
        size = _LOCAL_HEADER + len(member.orig_filename) + member.compress_size
        if start < 0 or start + size > end:
            raise DataError(f"{archive} holds {member.filename!r}, which overlaps; not opened")


def _chosen(
    opened: zipfile.ZipFile, names: Sequence[str], archive: str
) -> dict[str, zipfile.ZipInfo]:
    chosen: dict[str, zipfile.ZipInfo] = {}
    for member in opened.infolist():
        name = member.orig_filename  # `filename` ends at the first NUL
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or any(c in name for c in "\\:\0"):
            raise DataError(f"{archive} holds {name!r}, which points outside; not opened")
        if member.is_dir() or path.name not in names:
            continue
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or member.compress_type not in _METHODS:
            raise DataError(
                f"{archive} holds {member.filename!r} as a link, a device or in an unusual "
                "compression; not opened"
            )
        if path.name in chosen:
            raise DataError(f"{archive} holds {path.name!r} twice; expected once")
        chosen[path.name] = member
    for name in names:
        if name not in chosen:
            held = ", ".join(ascii(held) for held in opened.namelist()[:20])
            raise DataError(f"{archive} holds no {name!r}, only {held or 'nothing'}")
    return chosen


def _write(source: IO[bytes], path: Path, archive: str) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as target:
        try:
            size = 0
            while data := source.read(_CHUNK):
                size += len(data)
                if size > LARGEST_FILE:
                    raise DataError(f"{path.name} in {archive} is larger than {LARGEST_FILE} bytes")
                target.write(data)
            target.close()
            Path(target.name).replace(path)
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
