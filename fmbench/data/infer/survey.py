"""Survey: what the first rows of a table hold, column by column, before anything is decided."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from fmbench.data.readers.words import HOLE, Chunk

ROWS: Final = 1_000_000
"""Rows that are looked at; a larger table is judged by them."""

NO_NUMBER: Final = frozenset(
    ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "?", "-", "\\N", ".")
)
"""What stands for a number that is not there."""

NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, eq=False)
class Seen:
    """A column's distinct texts and their rows, and what can be said of it by itself."""

    name: str
    counts: Mapping[str, int]
    """Rows by text, in the order of their first one; those of a hole by the empty text."""
    codes: npt.NDArray[np.int32]
    """`[rows]`, the place of each row's text among the counts."""

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.codes)

    @property
    def holes(self) -> int:
        """How many of them are empty."""
        return self.counts.get("", 0)

    @property
    def texts(self) -> list[str]:
        """The distinct texts that are no hole."""
        return [text for text in self.counts if text]

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64] | None:
        """The number of each distinct text, NaN where none is there; None: some are no numbers."""
        texts = list(self.counts)
        if not all(NUMBER.fullmatch(text) or text in NO_NUMBER for text in texts):
            return None
        values = np.array([float(t) if NUMBER.fullmatch(t) else np.nan for t in texts])
        return None if np.isnan(values).all() else values

    @cached_property
    def is_whole(self) -> bool:
        """Whether all of it are whole numbers."""
        values = self.numbers
        return values is not None and bool((np.floor(values) == values)[~np.isnan(values)].all())

    @property
    def is_constant(self) -> bool:
        """Whether all rows have the same text."""
        return len(self.counts) == 1

    @property
    def is_unique(self) -> bool:
        """Whether no two rows have the same text."""
        return len(self.counts) == self.rows > 1

    @property
    def is_key(self) -> bool:
        """Whether its values can name things: they are text, or whole numbers."""
        return self.numbers is None or self.is_whole

    @property
    def examples(self) -> list[str]:
        """The most frequent texts."""
        return sorted(self.texts, key=lambda text: -self.counts[text])[:3]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The columns of a table, by its first rows."""

    columns: Mapping[str, Seen]
    is_whole: bool
    """Whether these are all rows."""

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return next(iter(self.columns.values())).rows


@dataclass(slots=True)
class _Growing:
    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    codes: list[npt.NDArray[np.int32]] = field(default_factory=list)


def survey(chunks: Iterable[Chunk], names: Sequence[str], most: int = ROWS) -> Survey:
    """Look at the first rows of a table, whole chunks until there are enough."""
    growing = {name: _Growing() for name in names}
    rows, is_whole = 0, True
    for chunk in chunks:
        if rows >= most:
            is_whole = False
            break
        for name, words in chunk.columns.items():
            _add(growing[name], words.texts, words.codes)
        rows += len(chunk)
    return Survey(
        {
            name: Seen(name, of.counts, np.concatenate([np.empty(0, np.int32), *of.codes]))
            for name, of in growing.items()
        },
        is_whole,
    )


def _add(of: _Growing, texts: Sequence[str], codes: npt.NDArray[np.int32]) -> None:
    texts = [*texts, ""]  # the last one is that of a hole, whose code is -1
    rows = np.bincount(np.where(codes == HOLE, len(texts) - 1, codes), minlength=len(texts))
    place = np.zeros(len(texts), dtype=np.int32)
    for i, (text, count) in enumerate(zip(texts, rows.tolist(), strict=True)):
        if count:
            place[i] = of.places.setdefault(text, len(of.places))
            of.counts[text] = of.counts.get(text, 0) + count
    of.codes.append(place[codes])
