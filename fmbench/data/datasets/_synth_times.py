"""When the users of `kmrd-synth` rate: years, sessions, weekdays and hours.

Numbers are fitted to the times of KMRD-small; beside each is the aggregate it is fitted to.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fmbench.data.derived.calendar import KST

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]

# The rows fill whole weeks, Monday 2003-11-24 to Sunday 2019-12-15 in Korea; the real ones run
# from 2003-11-21 to 2019-12-17.
START: Final = np.datetime64("2003-11-24", "s")
N_WEEKS: Final = 838
_NEW_YEARS: Final = np.arange("2004", "2020", dtype="datetime64[Y]").astype("datetime64[s]")

# What each year from 2003 to 2019 takes of the site's history, in percent, such that the rows have
# the real shares: 0.2, 3.4, 6.2, 10.4, 12.1, 8.6, 6.8, 6.9, 5.6, 5.4, 5.8, 5.0, 5.4, 5.0, 4.2,
# 4.4 and 4.5 %.
HISTORY: Final = (
    *(0.17, 2.49, 4.70, 7.82, 9.72, 7.40, 6.38, 6.70, 5.60),
    *(5.56, 6.28, 5.65, 6.31, 6.21, 5.49, 6.33, 7.17),
)
# A user of n ratings enters at the moment U^(a n^b) of that history, U uniform, and stays for a
# uniform share of what is left. Half of the users of one rating come before 2013, half of the rows
# of users of ten or more before 2009; half of the users of two span 181 days, of fifty 8.5 years.
ENTRY: Final = (1.46, 0.45)
# A rating continues the session of the one before: 18 % of the gaps are under an hour.
SESSION: Final = 0.2
# Rows in percent, by hour from midnight and by weekday from Monday, in Korea.
HOURS: Final = (
    *(7.49, 5.64, 4.29, 3.00, 2.17, 1.65, 1.37, 1.41, 1.79, 2.56, 3.30, 3.70),
    *(3.89, 4.30, 4.46, 4.69, 5.02, 5.03, 4.60, 4.70, 5.43, 6.05, 6.47, 6.98),
)
WEEKDAYS: Final = (14.26, 13.60, 13.28, 13.00, 13.24, 15.47, 17.15)


def draw_times(
    rng: np.random.Generator, user: Ints, activity: Ints, fresh: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.int64]]:
    """Return the week of each row, counted from START, and its time in UNIX seconds.

    `user` is the user of each row, an index into the number of ratings of each; a row that is
    `fresh` continues no session.
    """
    entry = rng.random(activity.size) ** (ENTRY[0] * activity ** ENTRY[1])
    stay = (1 - entry) * rng.random(activity.size)
    # A session is a run of rows that share all but the minute.
    opens = fresh | (rng.random(user.size, dtype=np.float32) >= SESSION)
    session = np.cumsum(opens) - 1
    visitor = user[opens]
    moment = entry[visitor] + stay[visitor] * rng.random(visitor.size)
    week = np.interp(moment, np.r_[0.0, np.cumsum(shares(HISTORY))], year_edges()).astype(np.int32)
    day = rng.choice(7, week.size, p=shares(WEEKDAYS))
    hour = rng.choice(24, week.size, p=shares(HOURS))
    start = (week.astype(np.int64) * 7 + day) * 86_400 + hour * 3_600
    start += START.astype(np.int64) - KST
    return week[session], start[session] + 60 * rng.integers(60, size=user.size)


def year_edges() -> Floats:
    """Return the week in which each of the 17 years begins, and the end of the last."""
    new_years = (_NEW_YEARS - START) / np.timedelta64(1, "W")
    return np.concatenate(([0.0], new_years, [N_WEEKS]))


def shares(percent: Sequence[float]) -> Floats:
    """Return numbers in proportion to `percent` that sum to 1."""
    return np.array(percent, dtype=np.float64) / sum(percent)
