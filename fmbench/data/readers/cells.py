"""One record to cells, exactly: the slow path, which names the first thing that is wrong."""

import re
from collections.abc import Iterator
from pathlib import Path

from fmbench.data.readers.blocks import LONGEST_LINE
from fmbench.data.readers.lines import fault, quoted
from fmbench.data.readers.reading import Reading
from fmbench.errors import DataError

_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_DELIMITERS = {"\t": "tab", " ": "blank", "\x01": "^A"}
_NO_QUOTES = "if quotes mean nothing in this file: --set data.quotes=false"


_ONE_LINE = "`tr '\\r' '\\n'` makes lines of it where it ends them"


class Malformed(ValueError):
    """A record that is not as RFC 4180 has it; the text says what was found."""

    def __init__(self, what: str, hint: str = _NO_QUOTES, *, unclosed: bool = False) -> None:
        super().__init__(what)
        self.hint = hint
        self.unclosed = unclosed
        """Whether a quote opens a value as it may, and nothing closes it."""


def cells(record: str, delimiter: str, *, quotes: bool) -> list[str]:
    """Return the cells of one record, its line break taken off.

    Raises:
        Malformed: A quote or a carriage return stands where it may not, or a quote is not closed.
    """
    if not quotes or '"' not in record:
        _refuse_return(record)
        return record.split(delimiter)
    found, at = [], 0
    while True:
        if record.startswith('"', at):
            match = _QUOTED.match(record, at)
            if match is None:
                raise Malformed(
                    f"the quote before {quoted(record[at + 1 :])} is not closed; expected another",
                    unclosed=True,
                )
            cell, end = match[1].replace('""', '"'), match.end()
            if end < len(record) and not record.startswith(delimiter, end):
                after = quoted(record[end:].split(delimiter)[0])
                raise Malformed(f"{after} follows a closing quote; expected {named(delimiter)}")
        else:
            end = record.find(delimiter, at)
            end = len(record) if end < 0 else end
            cell = record[at:end]
            if '"' in cell:
                inside = quoted(cell.partition("\n")[0])
                raise Malformed(f"there is a quote inside {inside}; expected it around a value")
            _refuse_return(cell)
        found.append(cell)
        if end == len(record):
            return found
        at = end + len(delimiter)


def named(delimiter: str) -> str:
    """Return the delimiter for a message."""
    return f"the delimiter {_DELIMITERS.get(delimiter, repr(delimiter))}"


def records(data: bytes, *, quotes: bool) -> Iterator[bytes]:
    """Yield the records of some text with their line breaks, one that is not closed as the last."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        odd = quotes and data.count(b'"', at, end) % 2
        while odd and end < len(data):
            more = data.find(b"\n", end) + 1 or len(data)
            odd ^= data.count(b'"', end, more) % 2
            end = more
        yield data[at:end]
        at = end


def refuse_faults(path: Path, data: bytes, offset: int, line: int, reading: Reading) -> None:
    """Refuse the first record that is not as `reading` says, if there is one.

    `data` holds whole records of the file, the first of which begins at an offset and a line.

    Raises:
        DataError: There is one; the message names its first line and what is wrong.
    """
    for raw in records(data, quotes=reading.quotes):
        text = decoded(path, raw, offset, line, reading.encoding)
        try:
            found = cells(text, reading.delimiter, quotes=reading.quotes)
        except Malformed as error:
            raise fault(path, line, str(error), error.hint) from None
        _refuse_length(path, raw, line, text)
        if len(found) != len(reading.columns):
            raise _miscounted(path, line, text, len(found), reading)
        offset += len(raw)
        line += raw.count(b"\n")


def decoded(path: Path, raw: bytes, offset: int, line: int, encoding: str) -> str:
    """Return a record as text, without the line break that ends it.

    Raises:
        DataError: It holds a NUL byte, or bytes that are not of the encoding.
    """
    if (at := raw.find(b"\0")) >= 0:
        where = line + raw.count(b"\n", 0, at)
        raise fault(path, where, f"there is a NUL byte at offset {offset + at}; expected text")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start
        raise fault(
            path,
            line + raw.count(b"\n", 0, at),
            f"byte {raw[at]:#04x} at offset {offset + at} is not {encoding.upper()}"
            f"; expected text in {encoding.upper()}",
            _encoding_hint(raw, encoding),
        ) from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _encoding_hint(raw: bytes, encoding: str) -> str:
    other = "latin-1"
    if encoding != "cp949":
        try:
            raw.decode("cp949")
            other = "cp949"
        except UnicodeDecodeError:
            pass
    return f"it reads as {other}: --set data.encoding={other}"


def _refuse_length(path: Path, raw: bytes, line: int, text: str) -> None:
    if len(raw) > LONGEST_LINE:
        what = "record" if "\n" in text else "line"
        raise fault(path, line, f"the {what} is longer than 1 MiB; expected less")


def _refuse_return(text: str) -> None:
    if "\r" in text:
        raise Malformed(
            "there is a carriage return without line feed; expected lines that end in LF or CR LF",
            _ONE_LINE,
        )


def _miscounted(path: Path, line: int, text: str, found: int, reading: Reading) -> DataError:
    names = ", ".join(quoted(name) for name in reading.columns[:20])
    expected = f"expected {len(reading.columns)}: {names}"
    if not text:
        return fault(path, line, f"the line is empty; {expected}")
    values = f"{found} value{'s' if found > 1 else ''}"
    return fault(
        path,
        line,
        f"{values} in {quoted(text)}; {expected}",
        f"values are parted by {named(reading.delimiter)}; another one: --set data.delimiter=…",
    )
