"""A frame of pandas to columns, as its CSV file would hold them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fmbench.data.readers.lines import quoted
from fmbench.data.readers.values import Untold, text
from fmbench.data.readers.words import Chunk, Words
from fmbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

ROWS = 200_000


def chunks(frame: "pd.DataFrame", *, rows: int = ROWS) -> Iterator[Chunk]:
    """Yield the rows of a frame, some `rows` at a time; values are text, and the index is left out.

    Raises:
        DataError: A column holds what has no text, or two have one name, or there are no rows.
    """
    names = [str(name) for name in frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"column {quoted(twice)} is there twice; expected each name once")
    if not len(frame) or not names:
        raise DataError(f"a frame of {len(frame)} rows and {len(names)} columns; expected some")
    for start in range(0, len(frame), rows):
        part = frame.iloc[start : start + rows]
        end = start + len(part)
        columns = {name: _column(name, part.iloc[:, i]) for i, name in enumerate(names)}
        yield Chunk(columns, (end, end + 1))


def _column(name: str, series: "pd.Series") -> Words:
    try:
        if series.dtype == object:  # whose 1, 1.0 and True are one value to pandas
            return Words.of(map(text, series))
        try:
            codes, values = series.factorize()
        except NotImplementedError:  # lists of pyarrow
            return Words.of(map(text, series))
        is_float = series.dtype.kind == "f"  # whose 32 bits an iterator would widen
        distinct = np.asarray(values) if is_float else values
        return Words.coded([text(value) for value in distinct], codes)
    except Untold as error:
        raise DataError(
            f"column {quoted(name)} holds {error}; expected numbers, text, times or lists of them"
        ) from None
