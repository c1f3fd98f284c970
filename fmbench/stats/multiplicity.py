"""Many questions at once: p-values adjusted for how many were asked."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values to be held against the share of families with any false claim.

    Holm (1979): valid whatever the dependence between the questions.
    """
    order = np.argsort(p, kind="stable")
    n = len(order)
    adjusted = np.empty(n)
    adjusted[order] = np.maximum.accumulate(np.asarray(p, float)[order] * np.arange(n, 0, -1))
    return [min(1.0, value) for value in adjusted.tolist()]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Return p-values to be held against the expected share of false claims among those made.

    Benjamini and Hochberg (1995): for independent questions, or positively dependent ones.
    """
    order = np.argsort(p, kind="stable")[::-1]
    n = len(order)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(np.asarray(p, float)[order] * n / np.arange(n, 0, -1))
    return [min(1.0, value) for value in adjusted.tolist()]
