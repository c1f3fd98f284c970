"""Parsers: from the texts of a column to numbers or times, or an error that names the row."""

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

    def parse(words: Words, row: int) -> npt.NDArray[Any]:
        values = _numbers(words)
        for i in np.flatnonzero(~np.isfinite(values)).tolist():
            text = words.texts[i]
            if text not in NO_NUMBER:
                raise DataError(
                    f"column {name!r} holds {quoted(text)} in row {_row(words, i, row):,}; "
                    "expected a number",
                    f"--categorical {name} takes its values for categories",
                )
            values[i] = np.nan
        return np.append(values, np.nan)[words.codes]  # a hole's code is -1: the last one

    return parse


def _numbers(words: Words) -> npt.NDArray[np.float64]:
    """Return the number of each distinct text; what is not finite stands for no number."""
    if not isinstance(words.held, list):
        import pyarrow as pa

        try:
            return np.array(words.held.cast(pa.float64()))
        except pa.ArrowInvalid:  # some are no numbers, and pandas says which
            pass
    import pandas as pd

    column = pd.Series(words.texts, dtype=object)
    return np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def time_parser(name: str, how: str, zone: str) -> Parse:
    """Return what reads a column of times: int64 UNIX seconds.

    The parser raises DataError where a text is no time of 1990 to 2099, or is missing.
    """

    def parse(words: Words, row: int) -> npt.NDArray[Any]:
        texts = [*words.texts, ""]  # a hole's code is -1: the last one
        found = times.parsed(texts, how, zone)
        wrong = (found < times.EARLIEST) | (found > times.LATEST)
        wrong[-1] = bool((words.codes == HOLE).any())
        if wrong.any():
            i = int(wrong.argmax())
            held = "holds " + quoted(texts[i]) if texts[i] else "is empty"
            place = _row(words, i if texts[i] else HOLE, row)
            raise DataError(
                f"time column {name!r} {held} in row {place:,}; expected {how} of 1990 to 2099",
                "--time none goes on without times",
            )
        return found[words.codes]

    return parse


def _row(words: Words, code: int, first: int) -> int:
    """Return the number of the first row with a code, counted from 1."""
    return first + int((words.codes == code).argmax()) + 1
