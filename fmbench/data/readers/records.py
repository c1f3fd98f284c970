"""Text in blocks of whole records, which are cut where no quote is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fmbench.data.readers.blocks import LONGEST_LINE
from fmbench.data.readers.cells import refuse_faults
from fmbench.data.readers.lines import fault
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.stream import PIECE, pieces, refuse_foreign
from fmbench.data.readers.words import START, At

BLOCK = 16 << 20
"""Bytes of text that are read at a time: some 60,000 rows of clicks, or 600,000 ratings."""

BOM = b"\xef\xbb\xbf"
_QUOTE, _LF, _CR = b'"\n\r'
_NOWHERE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole records, each with its line break; the last one of a file is given one."""

    data: bytes
    at: At
    """Where the first record begins."""
    end: At
    """Where the next block begins."""


def blocks(path: Path, reading: Reading, at: At = START, size: int = BLOCK) -> Iterator[Block]:
    """Yield a text from a record on, byte order mark and empty lines at its end left out.

    Raises:
        DataError: It is not text, or a record is longer than 1 MiB or not closed.
        EnvironmentFault: The disk fails.
    """
    parts: list[bytes] = []
    length = 0
    for piece in pieces(path, at[0], min(size, PIECE)):
        data = piece
        if at == START and not length:
            refuse_foreign(piece, path)
            data = piece.removeprefix(BOM)
            at = (len(piece) - len(data), 1)
        parts.append(data)
        length += len(data)
        if length < size:
            continue
        data = b"".join(parts)
        cut = _cut(data, quotes=reading.quotes)
        if cut:
            block = _block(data[:cut], at)
            yield block
            at = block.end
        parts, length = [data[cut:]], len(data) - cut
        if length > LONGEST_LINE:
            _refuse_start(path, parts[0], at, reading)
    if data := _without_empty_end(b"".join(parts)):
        yield _block(data if data.endswith(b"\n") else data + b"\n", at)


def is_plain(data: bytes, width: int, delimiter: str, *, quotes: bool) -> bool:
    """Tell whether quotes, line breaks and lengths in a block of records are plainly right.

    The delimiter is one byte. Of the number of cells, that an empty line has none is looked at.
    """
    if b"\0" in data:
        return False
    text = np.frombuffer(data, np.uint8)
    marks = _quotes(data) if quotes else _NOWHERE
    if len(marks) % 2:
        return False
    ends = outside(np.flatnonzero(text == _LF), marks)
    lengths = np.diff(ends, prepend=-1)
    if lengths.max() > LONGEST_LINE or (width > 1 and lengths.min() == 1):
        return False
    if b"\r" in data:
        returns = np.flatnonzero(text == _CR)
        if len(outside(returns[text[returns + 1] != _LF], marks)):
            return False
        if width > 1 and (text[ends[lengths == 2] - 1] == _CR).any():
            return False
    return _are_around_cells(text, marks, ord(delimiter))


def has_width(data: bytes, width: int, delimiter: str, *, quotes: bool) -> bool:
    """Tell whether each record of a plain block has a cell for every column."""
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((text == ord(delimiter)) | (text == _LF))
    ends = outside(ends, _quotes(data) if quotes else _NOWHERE)
    if len(ends) % width:
        return False
    pattern = np.array([ord(delimiter)] * (width - 1) + [_LF], np.uint8)
    return bool((text[ends].reshape(-1, width) == pattern).all())


def outside(positions: NDArray[np.int64], marks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those positions at which no quote is open; `marks` are where the quotes stand."""
    if not len(marks):
        return positions
    is_outside = np.searchsorted(marks, positions) % 2 == 0
    return np.compress(is_outside, positions)


def _quotes(data: bytes) -> NDArray[np.int64]:
    if b'"' not in data:
        return _NOWHERE
    return np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)


def _are_around_cells(text: NDArray[np.uint8], marks: NDArray[np.int64], delimiter: int) -> bool:
    """Tell whether quotes open where a cell begins and close where it ends, or are doubled."""
    opening, closing = marks[::2], marks[1::2]
    before = text[opening - 1]  # of the first byte the last one, which is a line break
    starts = (before == delimiter) | (before == _LF)
    starts[1:] |= opening[1:] == closing[:-1] + 1
    after, next_but_one = text[closing + 1], text[np.minimum(closing + 2, len(text) - 1)]
    stops = (after == delimiter) | (after == _LF) | ((after == _CR) & (next_but_one == _LF))
    stops[:-1] |= opening[1:] == closing[:-1] + 1
    return bool(starts.all() and stops.all())


def _block(data: bytes, at: At) -> Block:
    return Block(data, at, (at[0] + len(data), at[1] + data.count(b"\n")))


def _cut(data: bytes, *, quotes: bool) -> int:
    """Return where the last record ends that is whole and no empty line."""
    cut = data.rfind(b"\n") + 1
    if quotes:
        odd = data.count(b'"', 0, cut) % 2
        while odd:
            lower = data.rfind(b"\n", 0, cut - 1) + 1
            odd ^= data.count(b'"', lower, cut) % 2
            cut = lower
    while cut and data[(lower := data.rfind(b"\n", 0, cut - 1) + 1) : cut] in (b"\n", b"\r\n"):
        cut = lower
    return cut


def _without_empty_end(data: bytes) -> bytes:
    cut = _cut(data, quotes=False)
    return data[:cut] if data.endswith(b"\n") else data


def _refuse_start(path: Path, data: bytes, at: At, reading: Reading) -> None:
    """Refuse a text that holds no end of a record in more than 1 MiB."""
    if not data.strip(b"\r\n"):
        raise fault(path, at[1], "the empty lines from here on are longer than 1 MiB")
    first = data[: data.find(b"\n") + 1] or data
    if reading.quotes and len(first) <= LONGEST_LINE:
        refuse_faults(path, first, *at, reading)
    raise fault(path, at[1], "the line is longer than 1 MiB; expected less")
