"""Lines to fields, exactly: the slow path that names the first thing that is wrong."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fmbench.data.readers.blocks import LONGEST_LINE, Block
from fmbench.errors import DataError, shown

LARGEST = 2**63 - 1

_WHOLE = re.compile(r"0|[1-9][0-9]{0,18}")  # no sign, no leading zero, no digits but ASCII's


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A column of whole numbers in plain digits."""

    low: int = 0
    high: int = LARGEST
    optional: bool = False
    """Whether a value may be empty."""
    hint: str = ""

    def accepts(self, text: str) -> bool:
        """Tell whether `text` is such a number, written in the one way that there is."""
        if not text:
            return self.optional
        return bool(_WHOLE.fullmatch(text)) and self.low <= int(text) <= self.high

    def __str__(self) -> str:
        end = "" if not self.optional else ", or nothing"
        return f"a whole number from {self.low} to {self.high} in plain digits{end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A column of text, taken as it stands: no quoting, no "NA", no stripping."""

    quotes: bool = True
    """Whether a value may hold double quotes; others would read other rows by them."""
    hint: str = ""

    def accepts(self, text: str) -> bool:
        """Tell whether `text` may stand in the column."""
        return self.quotes or '"' not in text

    def __str__(self) -> str:
        return "text" if self.quotes else "text without quotes, as the format has no quoting"


Kind = Integer | Text


def listed(columns: Iterable[str], delimiter: str) -> str:
    """Return the header line as it should be, in words that show a tab."""
    return delimiter.join(columns).replace("\t", "<TAB>")


def quoted(text: str) -> str:
    """Return the text in ASCII and quotes, cut at 80 characters."""
    whole = ascii(text[:81])  # no need to escape a megabyte
    return whole if len(whole) <= 82 else f"{whole[:78]}...{whole[0]}"


def fault(path: Path, line: int, what: str, hint: str = "") -> DataError:
    """Return an error that names a line of a file."""
    return DataError(f"{shown(path)}:{line}: {what}", hint)


def split_lines(
    path: Path, block: Block, columns: Mapping[str, Kind], delimiter: str
) -> list[list[str]]:
    """Return the fields of each line of a block; `columns` are in the order of the file.

    Raises:
        DataError: A line is not as the format says; the message names the first and what is wrong.
    """
    lines = block.data.split(b"\n")
    rows, offset = [], block.offset
    for number, raw in enumerate(lines, start=block.line):
        last = number == block.line + len(lines) - 1
        text = decoded(path, number, raw, offset, last=last)
        offset += len(raw) + 1
        fields = text.split(delimiter)
        if len(fields) != len(columns):
            raise _miscounted(path, number, text, columns, delimiter, torn=last and block.torn)
        for (name, kind), value in zip(columns.items(), fields, strict=True):
            if not kind.accepts(value):
                found = f"{name} is {quoted(value)}; expected {kind}"
                raise fault(path, number, found, kind.hint)
        rows.append(fields)
    return rows


def decoded(path: Path, number: int, raw: bytes, offset: int, *, last: bool = False) -> str:
    """Return one line as text; `last` says that its line break has been taken off already.

    Raises:
        DataError: It is too long, not UTF-8, or has a NUL or a lone carriage return.
    """
    if len(raw) > LONGEST_LINE:
        raise fault(path, number, "the line is longer than 1 MiB")
    if raw.endswith(b"\r") and not last:
        raw = raw[:-1]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise fault(
            path,
            number,
            f"byte {raw[error.start]:#04x} at offset {at} is not UTF-8; expected UTF-8 text",
            _encoding_hint(raw),
        ) from None
    for character, words in (("\0", "a NUL byte"), ("\r", "a carriage return without line feed")):
        if character in text:
            raise fault(path, number, f"there is {words}; expected text lines that end in LF")
    return text


def _encoding_hint(raw: bytes) -> str:
    try:
        raw.decode("cp949")
    except UnicodeDecodeError:
        return ""
    return "it reads as CP949; `iconv -f CP949 -t UTF-8` makes it UTF-8"


def _miscounted(
    path: Path, number: int, text: str, columns: Mapping[str, Kind], delimiter: str, *, torn: bool
) -> DataError:
    names = listed(columns, delimiter)
    if not text.strip():
        return fault(path, number, "the line is empty; expected " + names)
    values = text.split(delimiter)
    n_found = f"{len(values)} value{'s' if len(values) > 1 else ''}"
    found = f"{n_found} in {quoted(text)}; expected {len(columns)}: {names}"
    return fault(
        path, number, found, "the file ends in this line: is it cut short?" if torn else ""
    )
