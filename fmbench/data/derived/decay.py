"""Sums over the past that fade: one pass over rows in order, compiled."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import IntArray

Floats = npt.NDArray[np.float64]


@cache
def compiled() -> Callable[..., tuple[Floats, Floats]]:
    """Return `decayed`, compiled."""
    import numba  # takes a while, and most data needs no sums

    function: Callable[..., tuple[Floats, Floats]] = numba.njit(nogil=True)(decayed)
    return function


def decayed(
    key: IntArray,
    time: IntArray,
    fold: IntArray,
    counts: npt.NDArray[np.bool_],
    value: Floats,
    half_life: float,
    ordered: bool,
) -> tuple[Floats, Floats]:
    """Return for each row the sums of `value`, and of 1, over rows before it that count.

    All arrays are `[n]`, sorted by key and within a key by time, up or down. A term halves with
    every `half_life` seconds. Rows of another key do not count, nor those of the same time. A row
    of fold 0 sees all others; another sees those of other folds than its own, or, `ordered`, those
    of folds below its own.
    """
    values, ones = np.zeros(len(key)), np.zeros(len(key))
    folds = int(fold.max()) + 1
    value_of, ones_of = np.zeros(folds), np.zeros(folds)  # by fold
    start = 0
    while start < len(key):
        if start == 0 or key[start] != key[start - 1]:
            value_of[:], ones_of[:] = 0.0, 0.0
        else:
            left = 2.0 ** (-abs(time[start] - time[start - 1]) / half_life)
            value_of *= left
            ones_of *= left
        end = start
        while end < len(key) and key[end] == key[start] and time[end] == time[start]:
            own = fold[end]
            for other in range(own if ordered and own else folds):
                if other != own or own == 0:
                    values[end] += value_of[other]
                    ones[end] += ones_of[other]
            end += 1
        for row in range(start, end):
            if counts[row]:
                value_of[fold[row]] += value[row]
                ones_of[fold[row]] += 1.0
        start = end
    return values, ones
