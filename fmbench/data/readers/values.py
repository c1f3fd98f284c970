"""Values of any type to the text that a CSV file would hold."""

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from fmbench.data.readers.words import LIST

_WHOLE = 2**53  # above, not every whole number is a float


class Untold(ValueError):
    """A value of a kind that has no text; the text says which."""


def text(value: object) -> str | None:
    """Return what stands for a value; None for what is missing.

    Whole floats are written without a point, others with as few digits as tell them apart; times
    as `YYYY-MM-DDTHH:MM:SS[.ffffff]`, in UTC and with a `Z` if they have a zone; lists by their
    values, joined by `LIST`, those that are missing left out.

    Raises:
        Untold: The value is a mapping, a list of lists, or of another type without text.
    """
    match value:
        case None:
            return None
        case str():
            return value
        case bool() | np.bool_():
            return str(bool(value))
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating():
            return _number(value)
        case datetime():
            return _moment(value)
        case date() | time():
            return value.isoformat()
        case np.datetime64():
            return _moment(_timestamp(value))
        case Decimal():
            return None if value.is_nan() else format(value, "f")
        case bytes():
            return _decoded(value)
        case list() | tuple() | np.ndarray():
            return joined(map(_single, value))
    if _is_missing(value):
        return None
    raise Untold(f"a value of type {type(value).__name__}")


def joined(values: Iterable[str | None]) -> str | None:
    """Return the texts of a list as one; None for an empty list.

    Raises:
        Untold: A text holds what joins them.
    """
    texts = [value for value in values if value]
    if any(LIST in value for value in texts):
        raise Untold("a list of a text with a unit separator")
    return LIST.join(texts) or None


def _single(value: object) -> str | None:
    if isinstance(value, list | tuple | np.ndarray):
        raise Untold("a list of lists")
    return text(value)


def _number(value: float | np.floating[Any]) -> str | None:
    number = float(value)
    if math.isnan(number):
        return None
    return str(int(number)) if abs(number) < _WHOLE and number.is_integer() else str(value)


def _moment(value: datetime) -> str | None:
    if value != value:  # NaT is a datetime, and equal to nothing
        return None
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Untold("bytes that are not UTF-8") from None


def _timestamp(value: np.datetime64) -> datetime:
    import pandas as pd

    moment: datetime = pd.Timestamp(value)
    return moment


def _is_missing(value: object) -> bool:
    import pandas as pd

    return value is pd.NA or value is pd.NaT
