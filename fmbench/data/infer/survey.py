"""Survey: what the first rows of a table hold, column by column, before anything is decided."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from fmbench.data.readers.words import HOLE, Chunk, Words

ROWS: Final = 200_000
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


def survey(chunks: Iterable[Chunk], names: Sequence[str], most: int = ROWS) -> Survey:
    """Look at the first rows of a table, whole chunks until there are enough."""
    found: dict[str, list[Words]] = {name: [] for name in names}
    rows, is_whole = 0, True
    for chunk in chunks:
        if rows >= most:
            is_whole = False
            break
        for name, words in chunk.columns.items():
            found[name].append(words)
        rows += len(chunk)
    return Survey({name: _seen(name, words) for name, words in found.items()}, is_whole)


def _seen(name: str, chunks: Sequence[Words]) -> Seen:
    """Count the texts of a column; a hole is the empty one."""
    known: dict[str, int] = {}
    codes = [np.empty(0, np.int32)]
    for words in chunks:
        texts = [*words.texts, *([""] if (words.codes == HOLE).any() else [])]
        place = np.array([known.setdefault(text, len(known)) for text in texts], np.int32)
        codes.append(place[words.codes])  # the code of a hole is -1: the last one
    of_all = np.concatenate(codes)
    counts = np.bincount(of_all, minlength=len(known)).tolist()
    return Seen(name, dict(zip(known, counts, strict=True)), of_all)
