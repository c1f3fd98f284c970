"""Bytes of a text file in blocks of whole lines; other kinds of file are refused by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from fmbench import files
from fmbench.errors import DataError, EnvironmentFault, shown

BLOCK = 1 << 20
LONGEST_LINE = 1 << 20

_MAGIC = (
    (b"\x1f\x8b", "gzip data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\xff\xfe", "UTF-16 or UTF-32 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\0\0\xfe\xff", "UTF-32 text"),
)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of a file, without the line break that ends the last one."""

    data: bytes
    line: int
    """Number of the first line, counted from 1."""
    offset: int
    """Position of the first byte in the file."""
    torn: bool
    """Whether the file ends here without a line break."""


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file; never waits for a pipe or reads a device without end.

    Raises:
        DataError: There is no such file, or it is something else, or it may not be read.
    """
    try:
        return files.open_regular(path)
    except FileNotFoundError:
        raise DataError(f"{shown(path)}: no such file") from None
    except files.Unfit as error:
        raise DataError(f"{shown(path)}: {error.strerror}") from None
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror}") from None


def blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """Read a text file, byte order mark stripped, empty lines at its end left out.

    Raises:
        DataError: It is not text, not in UTF-8 by its first bytes, or has too long a line.
        EnvironmentFault: The disk fails.
    """
    line, offset, rest = 1, 0, b""
    with open_regular(path) as file:
        while data := _read(file, size, path):
            if file.tell() == len(data):
                _refuse_foreign(data, path)
                offset = len(_BOM) if data.startswith(_BOM) else 0
                data = data[offset:]
            data = rest + data
            whole = data.removesuffix(b"\r")  # whose line feed may be the next byte of the file
            cut = data.rfind(b"\n", 0, _end(whole)) + 1
            if cut:
                yield Block(data[: _line_end(data, cut)], line, offset, torn=False)
                line += data.count(b"\n", 0, cut)
            rest, offset = data[cut:], offset + cut
            if len(rest) > LONGEST_LINE:
                long = "line is" if _end(rest) > LONGEST_LINE else "empty lines after it are"
                raise DataError(f"{shown(path)}:{line}: the {long} longer than 1 MiB")
    if end := _end(rest):
        yield Block(rest[:end], line, offset, torn=end == len(rest))


def _read(file: BufferedReader, size: int, path: Path) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise EnvironmentFault(
            f"{shown(path)}: reading fails after byte {file.tell()}: {error.strerror}"
        ) from None


def _refuse_foreign(start: bytes, path: Path) -> None:
    for magic, words in _MAGIC:
        if start.startswith(magic):
            raise DataError(f"{shown(path)}: is {words}; expected plain text in UTF-8")
    if b"\0" in start[:4]:
        raise DataError(f"{shown(path)}: looks like UTF-16 or UTF-32; expected UTF-8")


def _line_end(data: bytes, cut: int) -> int:
    """Return where the line ends whose break, LF or CR LF, ends at `cut`."""
    return cut - 2 if data.endswith(b"\r\n", 0, cut) else cut - 1


def _end(data: bytes) -> int:
    """Return where the line breaks at the end of the data begin; a lone CR is not one."""
    if not data.endswith(b"\n"):
        return len(data)
    text = len(data.rstrip(b"\r\n"))
    return max(text, data.rfind(b"\r\r", text) + 1)
