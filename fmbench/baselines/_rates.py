"""Rates: how often the rows of an id are positive, shrunk to the rate of all rows.

The positives among the rows of an id are taken for beta-binomial: each id has a rate of its own,
drawn around that of all. Its best guess is (positives + m · rate of all) / (rows + m), and m, in
rows, is estimated from how much the ids scatter (Kleinman, 1973), so there is nothing to tune.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.baselines._registry import Ids
from fmbench.fields import PADDING

Floats = NDArray[np.float64]

LEAST = 1.0
"""Rows; as much as Jeffreys' prior of an even rate, so that no rate is 0 or 1."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows and positives of each id of a field; a row counts for each value that it has."""

    rows: Floats
    positives: Floats

    @staticmethod
    def of(ids: Ids, labels: NDArray[np.uint8], cardinality: int) -> "Counts":
        """Count `(rows, width)` ids; padding does not count."""
        values = ids.ravel()
        weights = np.repeat(labels, ids.shape[1]).astype(np.float64)
        rows = np.bincount(values, minlength=cardinality).astype(np.float64)
        positives = np.bincount(values, weights=weights, minlength=cardinality).astype(np.float64)
        rows[PADDING] = positives[PADDING] = 0.0
        return Counts(rows, positives)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.rows - other.rows, self.positives - other.positives)

    def rates(self) -> Floats:
        """Return the shrunk rate of every id; that of an id without rows is the rate of all."""
        total = self.rows.sum()
        if not total:
            return np.full(len(self.rows), 0.5)
        overall = self.positives.sum() / total
        strength = prior_rows(self.rows, self.positives)
        if np.isinf(strength):
            return np.full(len(self.rows), overall)
        shrunk: Floats = (self.positives + strength * overall) / (self.rows + strength)
        return shrunk


def prior_rows(rows: Floats, positives: Floats) -> float:
    """Return how many rows the rate of all is worth beside an id's own: within / between variance.

    The variances are those of an analysis of variance of the labels, grouped by id. The number is
    infinite where the ids scatter no more than chance would have it, and never below `LEAST`.
    """
    n, k = rows[rows > 0], positives[rows > 0]
    total, groups = n.sum(), len(n)
    if groups < 2 or total <= groups:
        return float("inf")
    rate = k / n
    within = (n * rate * (1 - rate)).sum() / (total - groups)
    between = (n * (rate - k.sum() / total) ** 2).sum() / (groups - 1)
    size = (total - (n**2).sum() / total) / (groups - 1)
    of_ids = (between - within) / size
    return max(float(within / of_ids), LEAST) if of_ids > 0 else float("inf")


def mean_over_present(table: Floats, ids: Ids, absent: float) -> Floats:
    """Return the mean of the values that each row has, `(rows, width)` to `(rows,)`."""
    if ids.shape[1] == 1:
        return table[ids[:, 0]]
    present = ids != PADDING
    count = present.sum(1)
    total = np.where(present, table[ids], 0.0).sum(1)
    return np.where(count > 0, total / np.maximum(count, 1), absent)
