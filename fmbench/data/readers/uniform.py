"""Rows of libsvm or libffm that all have one shape, by the engine of delimited text.

A block of such rows is a table whose cells end at blanks and colons.
"""

import re
from typing import NamedTuple

import numpy as np

from fmbench.data.readers import engines
from fmbench.data.readers.words import Words

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"\d+")
_BLANK, _COLON, _LF = b" :\n"


class Pair(NamedTuple):
    """A pair at one position of all rows."""

    field: Words | None
    """None in libsvm."""
    feature: Words
    """The index."""
    value: Words


def parsed(data: bytes, parts: int) -> tuple[Words, list[Pair]] | None:
    """Return the labels and the pairs of whole lines, or None where anything is unusual.

    A pair has 3 parts in libffm, 2 in libsvm.
    """
    data = data.replace(b"\r\n", b"\n")
    if not data.isascii() or b"\0" in data or b"\r" in data:
        return None
    count = data.count(b" ", 0, data.index(b"\n"))
    pattern = np.array([*[_BLANK, *[_COLON] * (parts - 1)] * count, _LF], np.uint8)
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((text == _BLANK) | (text == _COLON) | (text == _LF))
    if len(ends) % len(pattern) or (text[ends].reshape(-1, len(pattern)) != pattern).any():
        return None
    cells = engines.best()(data.replace(b":", b" "), len(pattern), " ", quotes=False)
    numbers, wholes = [cells[0], *cells[parts::parts]], cells[1:]
    del wholes[parts - 1 :: parts]
    if not all(_are(_NUMBER, words) for words in numbers):
        return None
    if not all(_are(_WHOLE, words) for words in wholes):
        return None
    fields = cells[1::parts] if parts == 3 else [None] * count
    pairs = zip(fields, cells[parts - 1 :: parts], cells[parts::parts], strict=True)
    return cells[0], [Pair(*pair) for pair in pairs]


def _are(shape: re.Pattern[str], words: Words) -> bool:
    return words.codes.min() >= 0 and all(map(shape.fullmatch, words.texts))
