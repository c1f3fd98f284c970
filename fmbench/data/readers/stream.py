"""The bytes of a file: gzip and zstd are read through, what is no text is refused by its name."""

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO

from fmbench.data.readers.blocks import open_regular
from fmbench.errors import DataError, EnvironmentFault, shown

PIECE = 1 << 20

PARQUET = b"PAR1"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ZSTD_INPUT = 1 << 10  # bytes a call, as each may grow into 128 KiB for every 4 of them
_TAR = slice(257, 262)

_FOREIGN = (
    (b"PK\x03\x04", "a zip archive, as xlsx is too", "unzip it, or save it as CSV, first"),
    (b"PK\x05\x06", "an empty zip archive", ""),
    (b"\xfd7zXZ\0", "xz data", "`unxz` it first, or pack it with gzip or zstd"),
    (b"BZh", "bzip2 data", "`bunzip2` it first, or pack it with gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!", "a rar archive", "unpack it first"),
    (b"\x89HDF\r\n", "HDF5", "write it as CSV or Parquet: pandas.read_hdf(…).to_csv(…)"),
    (b"ARROW1", "Arrow data", "write it as Parquet: pandas.read_feather(…).to_parquet(…)"),
    (b"FEA1", "Feather data", "write it as Parquet: pandas.read_feather(…).to_parquet(…)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", "save it as CSV first"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or Parquet first"),
    (b"SQLite format 3", "an SQLite database", "write the table as CSV or Parquet first"),
    (b"ORC", "ORC data", "write it as Parquet first"),
    (b"Obj\x01", "Avro data", "write it as Parquet first"),
    (b"%PDF", "a PDF", ""),
    *(
        (bytes((0x80, version)), "a pickle, which may run code when it is read",
         "write it as CSV or Parquet: frame.to_parquet(…)")
        for version in range(2, 6)
    ),
    (b"\xff\xfe", "UTF-16 or UTF-32 text", "`iconv -f UTF-16 -t UTF-8` makes it UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "`iconv -f UTF-16 -t UTF-8` makes it UTF-8"),
    (b"\0\0\xfe\xff", "UTF-32 text", "`iconv -f UTF-32 -t UTF-8` makes it UTF-8"),
)  # fmt: skip


def pieces(path: Path, offset: int = 0, size: int = PIECE) -> Iterator[bytes]:
    """Yield the bytes of a file from an offset on, at most `size` at a time.

    Those of gzip and zstd are unpacked, and so the offset counts them.

    Raises:
        DataError: It is not a regular file, or packed data is damaged or cut short.
        EnvironmentFault: The disk fails.
    """
    with open_regular(path) as file:
        start = _read(file, len(_ZSTD), path)
        packed = start.startswith((_GZIP, _ZSTD))
        file.seek(0 if packed else offset)
        if not packed:
            yield from iter(lambda: _read(file, size, path), b"")
            return
        unpacked = _gzip(file, path) if start.startswith(_GZIP) else _zstd(file, path)
        for piece in unpacked:
            rest = piece[offset:]
            offset = max(0, offset - len(piece))
            for i in range(0, len(rest), size):
                yield rest[i : i + size]


def refuse_foreign(start: bytes, path: Path) -> None:
    """Refuse what is no text, by the first bytes of what is unpacked.

    Raises:
        DataError: It is an archive, a binary format, or text of two bytes a letter.
    """
    for magic, words, hint in _FOREIGN:
        if start.startswith(magic):
            raise DataError(f"{shown(path)}: is {words}; expected a table as text or Parquet", hint)
    if start[_TAR] == b"ustar":
        raise DataError(
            f"{shown(path)}: is a tar archive; expected a table as text or Parquet",
            "unpack it first",
        )
    if b"\0" in start[:4]:
        raise DataError(
            f"{shown(path)}: looks like UTF-16 or UTF-32; expected UTF-8",
            "`iconv -f UTF-16 -t UTF-8` makes it UTF-8",
        )


def _gzip(file: BufferedReader, path: Path) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield from iter(lambda: _read(unpacked, PIECE, path), b"")
    except EOFError:
        raise _cut_short(path, "gzip") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{shown(path)}: the gzip data is damaged: {error}") from None


def _zstd(file: BufferedReader, path: Path) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise DataError(
            f"{shown(path)}: is zstd data, and zstandard is not installed",
            "pip install 'fmbench[formats]', or `unzstd` it first",
        ) from None
    frames = zstandard.ZstdDecompressor()
    frame = None
    while data := _read(file, _ZSTD_INPUT, path):
        while data:
            frame = frame or frames.decompressobj()
            try:
                piece = frame.decompress(data)
            except zstandard.ZstdError as error:
                raise DataError(f"{shown(path)}: the zstd data is damaged: {error}") from None
            data = frame.unused_data
            if frame.eof:
                frame = None
            if piece:
                yield piece
    if frame:
        raise _cut_short(path, "zstd")


def _cut_short(path: Path, kind: str) -> DataError:
    return DataError(
        f"{shown(path)}: the {kind} data ends too early; expected its end mark",
        "is the file cut short? fetch or pack it again",
    )


def _read(file: IO[bytes] | gzip.GzipFile, size: int, path: Path) -> bytes:
    try:
        return file.read(size)
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise EnvironmentFault(f"{shown(path)}: reading fails: {error.strerror}") from None
