"""Finding out how a file is to be read, by what is in it and never by its name alone."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec

from fmbench.data.readers import cells, libsvm, parquet, sniff
from fmbench.data.readers.lines import fault, quoted
from fmbench.data.readers.reading import UTF_8, Format, Reading
from fmbench.data.readers.records import BOM
from fmbench.data.readers.stream import PARQUET, pieces, refuse_foreign
from fmbench.errors import DataError, UsageError, shown

HEAD = 1 << 20
"""Bytes of text that are looked at, and no more than `LINES` lines of them."""

LINES = 1000

_TYPED = re.compile(r".+:(token|float)(_seq)?")
_ASCII = bytes(range(128))


def look(
    path: Path,
    *,
    format: Format | None = None,
    columns: Sequence[str] | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    quotes: bool | None = None,
) -> Reading:
    """Return how a file is to be read; what is given is taken as it is, the rest is found out.

    Packed text is looked at through gzip and zstd. `columns` are names in the order of the file;
    they stand in for those of a header.

    Raises:
        DataError: The file is missing or empty, of a kind that is not read, or not in the encoding;
            names are there twice, or their number is not that of the values.
        UsageError: What is given makes no sense.
        EnvironmentFault: The disk fails.
    """
    encoding = _known(encoding) if encoding else UTF_8
    start = next(pieces(path), b"")
    if start.startswith(PARQUET):
        if format not in (None, "parquet"):
            raise DataError(f"{shown(path)}: is Parquet; expected {format}, as was said")
        return parquet.look(path, columns)
    refuse_foreign(start, path)
    if format == "parquet":
        raise DataError(f"{shown(path)}: is no Parquet; expected it, as was said")
    sample = _first_lines(path, encoding)
    if format is None and delimiter is None:
        format = libsvm.format_of(sample.splitlines())
    if format in ("libsvm", "libffm"):
        return libsvm.look(path, format, columns)
    if delimiter is not None:
        _refuse_delimiter(delimiter, quotes)
    if quotes is None and _are_typed(sample.partition("\n")[0].split(delimiter or "\t")):
        quotes = False  # as RecBole has it
    cut = sniff.best_cut(sample, [delimiter] if delimiter else sniff.DELIMITERS, quotes)
    reading = Reading(
        format="delimited",
        columns=[f"c{i}" for i in range(1, cut.width + 1)],
        delimiter=cut.delimiter,
        header=False,
        encoding=encoding,
        quotes=cut.quotes,
    )
    if header is None:
        header = sniff.has_names(cut.rows)
    text = sample.rstrip("\n").encode()
    if header and len(list(islice(cells.records(text, quotes=cut.quotes), 2))) == 1:
        raise DataError(f"{shown(path)}: only a header; expected rows below it")
    return _with_names(path, reading, cut.rows[0] if header else None, columns)


def _first_lines(path: Path, encoding: str) -> str:
    """Return the first lines of a text, all of them whole; the byte order mark is taken off.

    Raises:
        DataError: There is no text, or a byte that is not of the encoding.
    """
    stream = pieces(path)
    data = next(stream, b"")
    while len(data) < HEAD and (piece := next(stream, b"")):
        data += piece
    offset = len(BOM) if data.startswith(BOM) else 0
    whole = len(data) < HEAD
    data = data[offset:]
    if not data.strip(b"\r\n"):
        raise DataError(f"{shown(path)}: {len(data)} bytes of text; expected rows")
    end = 0
    for _ in range(LINES):
        end = data.find(b"\n", end) + 1
        if not end:
            break
    if not end and not whole:
        end = data.rfind(b"\n") + 1
        if not end:
            raise fault(path, 1, "the line is longer than 1 MiB; expected less")
    data = data[: end or len(data)]
    if b"\r" in data and b"\n" not in data.rstrip(b"\r\n"):
        cells.refuse_faults(path, data, offset, 1, Reading(format="delimited", columns=[""]))
    line, texts = 1, []
    for raw in cells.records(data, quotes=False):
        texts.append(cells.decoded(path, raw, offset, line, encoding) + "\n")
        offset, line = offset + len(raw), line + 1
    return "".join(texts)


def _with_names(
    path: Path,
    reading: Reading,
    header: Sequence[str] | None,
    columns: Sequence[str] | None,
) -> Reading:
    """Return the reading with the names that are given, or else those of the header."""
    width = len(reading.columns)
    kinds: dict[str, str] = {}
    if columns is not None:
        names = list(columns)
        if len(names) != width:
            raise DataError(f"{shown(path)}: {width} columns; expected {len(names)}, as was said")
    elif header:
        names, kinds = _names(header)
        if len(names) != width:
            found = f"{len(names)} names above rows of {width} values"
            raise fault(path, 1, f"{found}; expected as many", "--set data.columns=… names them")
    else:
        names = reading.columns
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise fault(
            path,
            1,
            f"column {quoted(twice[0])} is there twice; expected each name once",
            "--set data.columns=… gives other names",
        )
    return msgspec.structs.replace(reading, columns=names, header=header is not None, kinds=kinds)


def _names(first: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the names in a header, and their types if it is one of RecBole's."""
    if _are_typed(first):
        parts = [cell.rpartition(":") for cell in first]
        return [name for name, _, _ in parts], {name: kind for name, _, kind in parts}
    return [cell.strip() or f"column_{i}" for i, cell in enumerate(first, start=1)], {}


def _are_typed(header: Sequence[str]) -> bool:
    return all(map(_TYPED.fullmatch, header))


def _known(encoding: str) -> str:
    """Return the name of an encoding in which the letters of ASCII are one byte each.

    Raises:
        UsageError: There is no such encoding, or it is another kind.
    """
    hint = "for example utf-8, cp949, latin-1"
    try:
        if _ASCII.decode(encoding) == _ASCII.decode():
            name = codecs.lookup(encoding).name
            return UTF_8 if name == UTF_8 else name  # a default that is one object is left out
    except (LookupError, UnicodeDecodeError):
        pass
    raise UsageError(
        f"the encoding is {quoted(encoding)}; expected one that Python knows, and that has ASCII"
        " in it",
        hint,
    )


def _refuse_delimiter(delimiter: str, quotes: bool | None) -> None:
    if not delimiter or any(c.isalnum() or c in '"\r\n\0' for c in delimiter):
        raise UsageError(
            f"the delimiter is {quoted(delimiter)}; expected text without letters, digits, quotes"
            " and line breaks"
        )
    if quotes and len(delimiter.encode()) > 1:
        raise UsageError(
            f"quotes and the delimiter {quoted(delimiter)}; expected a delimiter of one byte"
        )
