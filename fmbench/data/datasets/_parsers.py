"""Parsers: from the texts of a column to numbers or times, or an error that names the row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data import times
from fmbench.data.infer.survey import NO_NUMBER
from fmbench.data.readers.lines import quoted
from fmbench.data.readers.words import HOLE, Words
from fmbench.data.stored import Parse
from fmbench.errors import DataError


def number_parser(name: str) -> Parse:
    """Return what reads a column of numbers: float64, NaN where there is none.

    The parser raises DataError where a text is neither a number nor stands for a missing one.
    """

    def parse(texts: Sequence[str], words: Words, row: int) -> npt.NDArray[Any]:
        import pandas as pd

        column = pd.Series(list(texts), dtype=object)
        values = np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
        for i in np.flatnonzero(~np.isfinite(values)).tolist():
            if texts[i] not in NO_NUMBER:
                raise DataError(
                    f"column {name!r} holds {quoted(texts[i])} in row {_row(words, i, row):,}; "
                    "expected a number",
                    f"--categorical {name} takes its values for categories",
                )
        values[~np.isfinite(values)] = np.nan
        return values

    return parse


def time_parser(name: str, how: str, zone: str) -> Parse:
    """Return what reads a column of times: int64 UNIX seconds.

    The parser raises DataError where a text is no time of 1990 to 2099, or is missing.
    """

    def parse(texts: Sequence[str], words: Words, row: int) -> npt.NDArray[Any]:
        found = times.parsed(texts, how, zone)
        wrong = (found < times.EARLIEST) | (found > times.LATEST)
        wrong[-1] = bool((words.codes == HOLE).any())  # the last text is that of a hole
        if wrong.any():
            i = int(wrong.argmax())
            held = "holds " + quoted(texts[i]) if texts[i] else "is empty"
            place = _row(words, i if texts[i] else HOLE, row)
            raise DataError(
                f"time column {name!r} {held} in row {place:,}; expected {how} of 1990 to 2099",
                "--time none goes on without times",
            )
        return found

    return parse


def _row(words: Words, code: int, first: int) -> int:
    """Return the number of the first row with a code, counted from 1."""
    return first + int((words.codes == code).argmax()) + 1
