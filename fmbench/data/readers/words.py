"""Columns of some rows as the texts that stand in them: what every reader gives."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

HOLE = -1
"""The code of a cell that is empty or null."""

LIST = "\x1f"
"""What joins the values of a list in a cell: the unit separator, which no text is made of."""

At = tuple[int, int]
"""A place in a file: bytes or rows before it, and the number of its line, counted from 1."""

START: At = (0, 1)


_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")


def plain_number(text: str) -> str:
    """Return a whole number without its point and zeros, and any other text as it is."""
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


@dataclass(frozen=True, slots=True)
class Words:
    """A column of some rows: its distinct texts, and which of them each row has."""

    held: "list[str] | pa.StringArray"
    """Distinct texts, not empty, in the order of their first appearance."""
    codes: NDArray[np.int32]
    """`[n]`; positions in `texts`, `HOLE` where the cell is empty."""

    @property
    def texts(self) -> list[str]:
        """The distinct texts, made anew each time if Arrow holds them."""
        texts: list[str] = self.held if isinstance(self.held, list) else self.held.to_pylist()
        return texts

    def whole(self) -> "Words":
        """Return the column with whole numbers such as `7.0` written as `7`."""
        if isinstance(self.held, list):
            has_points = any("." in text for text in self.held)
        else:
            has_points = b"." in memoryview(self.held.buffers()[2] or b"").tobytes()
        if not has_points:
            return self
        return Words.coded([plain_number(text) for text in self.texts], self.codes)

    @classmethod
    def coded(cls, values: Sequence[str | None], codes: NDArray[np.integer]) -> Self:
        """Return the column whose rows have `values[code]`, or a hole where the code is -1.

        Values may be there twice, or in no row; None and the empty text are holes.
        """
        count = len(codes)
        first = np.full(len(values) + 1, count)
        first[codes[::-1]] = np.arange(count)[::-1]  # of several rows the last one written stays
        known: dict[str, int] = {}
        renumbered = np.full(len(values) + 1, HOLE, np.int32)
        order = np.argsort(first[:-1], kind="stable")
        for i in order[first[order] < count].tolist():
            if value := values[i]:
                renumbered[i] = known.setdefault(value, len(known))
        return cls(list(known), renumbered[codes])

    @classmethod
    def of(cls, cells: Iterable[str | None]) -> Self:
        """Return the column that has these cells, one a row."""
        known: dict[str, int] = {}
        codes = [known.setdefault(cell, len(known)) if cell else HOLE for cell in cells]
        return cls(list(known), np.array(codes, np.int32))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table that follow one another."""

    columns: Mapping[str, Words]
    """By name, in the order of the file, all of one length."""
    at: At
    """Where the next chunk begins, to go on from after a restart."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).codes)
