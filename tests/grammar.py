"""The grammar of KMRD's files, read byte by byte: what the reader is held against.

    file   = [BOM] header break row (break row)* break*
    break  = LF | CR LF
    header = the names of the columns, each once, in any order
    row    = one value a name, in the order of the header; header and rows are split by a delimiter
    number = 0 | a digit from 1 to 9, then any digits (ASCII); within the column's bounds
    text   = UTF-8 without NUL, CR, LF, the delimiter, and between commas without double quotes

What begins as a zip or gzip file or as UTF-16 or UTF-32 does is no such file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

NUL, LF, CR, QUOTE, ZERO, NINE = 0x00, 0x0A, 0x0D, 0x22, 0x30, 0x39
FOREIGN = ("1f8b", "504b0304", "504b0506", "fffe", "feff", "0000feff")
Rows = dict[str, list[str]]
ID = (0, 9_223_372_036_854_775_807)


class Refused(Exception):
    """The file is not of the grammar from this line on; line 0 is the file as a whole."""


@dataclass(frozen=True)
class Format:
    delimiter: int
    columns: dict[str, tuple[int, int] | str]
    """Name to the least and the greatest number, to "text", or to "year?", which may be empty."""


FORMATS = {
    "rates": Format(
        0x2C, {"user": ID, "movie": ID, "rate": (1, 10), "time": (631_152_000, 4_102_444_799)}
    ),
    "castings": Format(0x2C, {"movie": ID, "people": ID, "order": ID, "leading": (0, 1)}),
    "genres": Format(0x2C, {"movie": ID, "genre": "text"}),
    "movies": Format(
        0x09, {"movie": ID, "title": "text", "title_eng": "text", "year": "year?", "grade": "text"}
    ),
}


def read(content: bytes, form: Format) -> Rows:
    """Return name to values, as they are written."""
    if any(content.startswith(bytes.fromhex(start)) for start in FOREIGN) or NUL in content[:4]:
        raise Refused(0)
    lines = list(cut(content.removeprefix(b"\xef\xbb\xbf")))
    while lines and not lines[-1]:
        del lines[-1]
    if not lines:
        raise Refused(0)
    names = [bytes(name) for name in split(lines[0], form.delimiter)]
    if sorted(names) != sorted(name.encode() for name in form.columns):
        raise Refused(1)
    if len(lines) == 1:
        raise Refused(0)
    table: Rows = {name.decode(): [] for name in names}
    for number, line in enumerate(lines[1:], start=2):
        values = split(line, form.delimiter)
        if len(values) != len(names) or CR in line or NUL in line:
            raise Refused(number)
        for name, value in zip(table, values, strict=True):
            if not fits(value, form.columns[name], form.delimiter):
                raise Refused(number)
            table[name].append(value.decode())
    return table


def cut(content: bytes) -> Iterator[bytes]:
    """Cut at every LF; a CR right before it is part of the break."""
    line = bytearray()
    for byte in content:
        if byte == LF:
            if line and line[-1] == CR:
                del line[-1]
            yield bytes(line)
            line.clear()
        else:
            line.append(byte)
    yield bytes(line)


def split(line: bytes, delimiter: int) -> list[bytes]:
    values = [bytearray()]
    for byte in line:
        if byte == delimiter:
            values.append(bytearray())
        else:
            values[-1].append(byte)
    return [bytes(value) for value in values]


def fits(value: bytes, kind: tuple[int, int] | str, delimiter: int) -> bool:
    if kind == "text":
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
        return delimiter != ord(",") or QUOTE not in value
    if kind == "year?":
        return not value or fits(value, (0, 9999), delimiter)
    if not value or (value[0] == ZERO and len(value) > 1):
        return False
    number = 0
    for byte in value:
        if not ZERO <= byte <= NINE:
            return False
        number = min(10 * number + byte - ZERO, 10**20)  # more digits make it no smaller
    return kind[0] <= number <= kind[1]
