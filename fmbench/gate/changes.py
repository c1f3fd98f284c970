"""Change points: where a series of nights went from one level to another.

The optimal partition under a penalty for each change (Killick, Fearnhead and Eckley, 2012), by
ruptures. The penalty is not that of a textbook, which holds for one look at one series: each night
looks again, at every cell. It was set by simulation (tests/gate/test_history.py) so that a year of
nights over 45 series that do not change has one false change point at most.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fmbench.errors import UsageError

PENALTY, SERIES, FOR_MORE = 30.0, 45, 9.0
"""Penalty of a change for SERIES series, in variances of a night; a factor of e more series adds
FOR_MORE."""

FEWEST = 20
"""Nights before which nothing is said: their noise is not known."""

SIDE = 3
"""Nights that a level lasts, at least: one night is an accident."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change from one level to another."""

    at: int
    """The first night of the new level."""
    before: float
    after: float
    """The levels: medians of log ratios."""


def changes(values: Sequence[float], least: float, family: int = SERIES) -> list[Change]:
    """Return the changes of a series of log ratios that are `least` or more.

    `family` is how many series are looked at in all.

    Raises:
        UsageError: ruptures is not installed.
    """
    if len(values) < FEWEST:
        return []
    x = np.asarray(values, float)
    deviation = max(_deviation(x), least / 10)
    ends = [0, *_partition(x / deviation, penalty(family))]
    levels = [float(np.median(x[a:b])) for a, b in pairwise(ends)]  # one odd night makes no level
    return [
        Change(at, before, after)
        for at, (before, after) in zip(ends[1:-1], pairwise(levels), strict=True)
        if abs(after - before) >= least
    ]


def penalty(family: int) -> float:
    """Return what a change must explain, in variances of a night."""
    return PENALTY + FOR_MORE * math.log(max(family, SERIES) / SERIES)


def _deviation(x: NDArray[np.float64]) -> float:
    """Return how much a night scatters, whatever the levels: by differences of neighbours."""
    steps = np.abs(np.diff(x))
    return float(np.median(steps)) / 0.9539  # of the normal distribution


def _partition(x: NDArray[np.float64], cost: float) -> list[int]:
    """Return where each level ends."""
    try:
        import ruptures
    except ImportError as error:
        raise UsageError(
            "ruptures is not installed; expected it to find changes",
            "pip install 'fmbench[history]'",
        ) from error
    search = ruptures.KernelCPD(kernel="linear", min_size=SIDE).fit(x[:, None])
    return [int(end) for end in search.predict(pen=cost)]
