"""Strict reading: a table of text is what its format says, or an error that names file and line.

Whole numbers are parsed by NumPy over the bytes of a block. Where a block is not plainly right, a
slow, exact reader decides; the two agree, which a test holds.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fmbench.data.readers.blocks import Block, blocks
from fmbench.data.readers.header import header
from fmbench.data.readers.lines import Integer, Kind, listed, split_lines
from fmbench.errors import DataError, shown

K = TypeVar("K", bound=Kind)

_SAFE_DIGITS = 18  # any number of 18 digits fits into int64; with 19 it depends


def read_integers(
    path: Path, columns: Mapping[str, Integer], delimiter: str = ","
) -> dict[str, npt.NDArray[np.int64]]:
    """Read a file with a header and columns of whole numbers; return name to int64 `[n]`.

    Raises:
        DataError: The file is missing, empty, or anything in it is not as `columns` says.
    """
    parts: list[npt.NDArray[np.int64]] = []
    names: list[str] = []
    for block, kinds in _body(path, columns, delimiter):
        names = list(kinds)
        part = parse_block(block, kinds, delimiter)
        if part is None:
            part = np.array(split_lines(path, block, kinds, delimiter), dtype=object).astype(
                np.int64
            )
        parts.append(part)
    positions = {name: names.index(name) for name in columns}
    return {name: np.concatenate([p[:, i] for p in parts]) for name, i in positions.items()}


def read_text(path: Path, columns: Mapping[str, Kind], delimiter: str) -> dict[str, list[str]]:
    """Read a file with a header and columns of text or numbers; return name to checked text.

    Raises:
        DataError: As `read_integers`.
    """
    read: dict[str, list[str]] = {name: [] for name in columns}
    for block, kinds in _body(path, columns, delimiter):
        rows = split_lines(path, block, kinds, delimiter)
        for name, values in zip(kinds, zip(*rows, strict=True), strict=True):
            read[name].extend(values)
    return read


def parse_block(
    block: Block, columns: Mapping[str, Integer], delimiter: str
) -> npt.NDArray[np.int64] | None:
    """Return int64 `[rows, columns]`, or None where anything at all is unusual."""
    text = block.data.replace(b"\r\n", b"\n") + b"\n"
    data = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero((data ^ ord("0")) > 9)  # the digits, and only they, are 0x30 to 0x39
    if len(ends) % len(columns):
        return None
    pattern = np.frombuffer((delimiter * (len(columns) - 1) + "\n").encode(), dtype=np.uint8)
    if (data[ends].reshape(-1, len(columns)) != pattern).any():
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    if lengths.min() < 1 or lengths.max() > _SAFE_DIGITS:
        return None
    if ((data[starts] == ord("0")) & (lengths > 1)).any():
        return None
    commas = text.replace(b"\n", b",").replace(delimiter.encode(), b",")
    values = np.fromstring(commas, dtype=np.int64, sep=",").reshape(-1, len(columns))
    for column, kind in enumerate(columns.values()):
        if values[:, column].min() < kind.low or values[:, column].max() > kind.high:
            return None
    return values


def _body(
    path: Path, columns: Mapping[str, K], delimiter: str
) -> Iterator[tuple[Block, dict[str, K]]]:
    """Yield the blocks after the header, and the columns in the order of the file."""
    stream = blocks(path)
    first = next(stream, None)
    if first is None:
        raise _without_rows(path, "0 bytes of text", columns, delimiter)
    kinds, rest = header(path, first, columns, delimiter)
    body = chain([rest] if rest else [], stream)
    start = next(body, None)
    if start is None:
        raise _without_rows(path, "only a header", columns, delimiter)
    for block in chain([start], body):
        yield block, kinds


def _without_rows(path: Path, found: str, columns: Mapping[str, Kind], delimiter: str) -> DataError:
    expected = f"expected rows below the header {listed(columns, delimiter)}"
    return DataError(f"{shown(path)}: {found}; {expected}")
