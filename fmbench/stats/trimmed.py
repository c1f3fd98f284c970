"""Trimmed means: what most differences say, whatever a few unlucky ones do."""

from collections.abc import Sequence

import numpy as np

from fmbench.stats.paired import Paired, mean_and_variance

TRIMMED = 0.1
"""The share of values that is left out at either end; of fewer than ten, nothing is."""


def trimmed(values: Sequence[float]) -> Paired:
    """Return the trimmed mean of differences, with the variance that its error comes from.

    Yuen (1974): the error comes from the winsorised variance, so that a value far out moves
    neither. What is left out at one end weighs as much as at the other, so the mean of differences
    between equals is still 0. Two values at least.
    """
    ordered = np.sort(np.asarray(values, float))
    n, cut = len(ordered), int(TRIMMED * len(ordered))
    kept = ordered[cut : n - cut]
    winsorised = np.clip(ordered, kept[0], kept[-1])
    freedom = len(kept) - 1.0
    mean, _ = mean_and_variance(kept)
    _, variance = mean_and_variance(winsorised)
    error = variance * (n - 1) / (len(kept) * freedom)
    return Paired(mean, error * n, n, freedom)
