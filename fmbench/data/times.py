"""Times: UNIX seconds of what a column says, in whatever unit or words it says it."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fmbench.errors import DataError

EARLIEST: Final = 631_152_000
"""1990-01-01: a ten-digit time that was cut short is before it."""
LATEST: Final = 4_102_444_799
"""The last second of 2099."""

UNITS: Final = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
"""How many of each a second has; no number is a time of these years in two of them."""

WAY_ON: Final = "without true times leave the time out: then nothing is made of it"


def seconds(times: npt.NDArray[Any], what: str = "time") -> npt.NDArray[np.int64]:
    """Return whole UNIX seconds, int64 `[n]`, of numbers in one of the `UNITS` or of datetime64.

    Raises:
        DataError: A time is missing, is not a whole number, or falls outside of 1990 to 2099.
    """
    if times.ndim == 1 and times.dtype.kind == "M":
        if np.isnat(times).any():
            raise DataError(f"{what} of row {int(np.isnat(times).argmax())} is missing")
        whole = times.astype("datetime64[s]").astype(np.int64)
        return checked(whole, whole, what)
    if times.ndim == 1 and times.dtype.kind in "iuf":
        with np.errstate(invalid="ignore"):  # NaN is not a whole number either
            whole = times.astype(np.int64)
        if (whole == times).all():
            return checked(whole // UNITS[unit_of(whole)], whole, what)
    raise DataError(
        f"{what} is {times.dtype}, not all whole; expected UNIX seconds, milliseconds, "
        "microseconds or nanoseconds, or datetime64"
    )


def unit_of(times: npt.NDArray[np.int64]) -> str:
    """Return the unit in which the latest of these times is one of 1990 to 2099, else seconds."""
    latest = int(times.max(initial=0))
    units = [name for name, unit in UNITS.items() if EARLIEST <= latest // unit <= LATEST]
    return units[0] if units else "seconds"


def checked(
    found: npt.NDArray[np.int64], given: npt.NDArray[Any], what: str
) -> npt.NDArray[np.int64]:
    """Return the seconds `found`, or refuse them by the first of the `given` that is off."""
    off = (found < EARLIEST) | (found > LATEST)
    if off.any():
        row = int(off.argmax())
        year = np.datetime64(int(found[row]), "s").astype("datetime64[Y]")
        raise DataError(
            f"{what} of row {row} is {given[row]}, in the year {year}; expected a time of 1990 to "
            "2099, in seconds, milliseconds, microseconds or nanoseconds",
            WAY_ON,
        )
    return found


ISO: Final = "iso"
"""How a time is told by ISO 8601: a date, or a date and a time with or without a zone."""

PATTERNS: Final = {
    ISO: re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"),
    "%Y%m%d": re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d"),
    "%y%m%d%H": re.compile(r"\d\d[01]\d[0-3]\d[0-2]\d"),
    "%Y/%m/%d": re.compile(r"\d{4}/\d\d?/\d\d?"),
    "%Y/%m/%d %H:%M:%S": re.compile(r"\d{4}/\d\d?/\d\d? \d\d?:\d\d:\d\d"),
}
"""How times are told, by the format that reads them; days before months are not guessed at."""

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_ZONE: Final = re.compile(r":\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$")

NO_TIME: Final = np.iinfo(np.int64).min
"""Stands for a text that tells no time."""


def told(texts: Sequence[str]) -> str | None:
    """Return how these texts tell a time: a unit, `iso` or a format of strptime; None: they do not.

    All of them must be times of 1990 to 2099.
    """
    if texts and all(map(_NUMBER.fullmatch, texts)):
        values = np.array([float(text) for text in texts])
        for name, unit in UNITS.items():
            if values.min() / unit >= EARLIEST and values.max() / unit < LATEST + 1:
                return name
    for how, pattern in PATTERNS.items():
        if texts and all(map(pattern.fullmatch, texts)):
            found = parsed(texts, how, "UTC")
            if ((found >= EARLIEST) & (found <= LATEST)).all():
                return how
    return None


def parsed(texts: Sequence[str], how: str, zone: str) -> npt.NDArray[np.int64]:
    """Return UNIX seconds of texts, int64 `[n]`; NO_TIME where one is no such time.

    Args:
        texts: Any.
        how: What `told` returns, or another format of strptime.
        zone: The IANA name of the zone of times that do not name theirs.
    """
    import pandas as pd

    column = pd.Series(list(texts), dtype=object)
    if how in UNITS:
        return _counted(pd.to_numeric(column, errors="coerce").to_numpy(np.longdouble), how)
    form = "ISO8601" if how == ISO else how
    has_zone = any(map(_ZONE.search, texts)) or "%z" in how
    read = pd.to_datetime(column, format=form, errors="coerce", utc=has_zone)
    if not has_zone:
        read = read.dt.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    found = read.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    return np.where(np.isnat(found), NO_TIME, found.astype(np.int64))


def _counted(numbers: npt.NDArray[np.longdouble], unit: str) -> npt.NDArray[np.int64]:
    missing = ~np.isfinite(numbers)
    whole = np.floor(np.where(missing, 0, numbers) / UNITS[unit]).astype(np.int64)
    return np.where(missing, NO_TIME, whole)
