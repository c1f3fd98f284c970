"""Times: UNIX seconds of what a column says, in whatever unit it says it."""

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
