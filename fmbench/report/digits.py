"""Digits: as many as a table's differences need, and no more than its uncertainty bears out."""

import math

import numpy as np

from fmbench.metrics import METRICS
from fmbench.report.tables import Table
from fmbench.report.yardstick import constant_logloss

MOST = 8

FINE = 1_000
"""The share of a constant guess's logloss that a single seed's is written to."""


def digits(table: Table, metric: str) -> int:
    """Return the digits after the point of a quality metric in a table.

    They are those of the metric, and of logloss as many more as a constant guess has a smaller one
    than a coin has. Where the rows differ by less, the middle half of them spans two digits, as far
    as ± has one.
    """
    intervals = [row.metrics[metric] for row in table.rows]
    means = [each.mean for each in intervals if each.mean is not None]
    halves = [half for each in intervals if (half := each.half_width)]
    usual = METRICS[metric].digits + (_rarity(table) if metric == "logloss" else 0)
    if len(means) < 2:
        return usual
    low, high = np.quantile(means, (0.25, 0.75))
    needed = _place(float(high - low)) + 1
    borne_out = _place(float(np.median(halves)) if halves else _error(table, metric))
    return min(max(usual, min(needed, borne_out)), MOST)


def _rarity(table: Table) -> int:
    """Return how many digits the logloss of a constant guess is smaller than that of a coin."""
    loss = constant_logloss(table)
    return max(0, math.floor(math.log10(math.log(2) / loss))) if loss else 0


def _error(table: Table, metric: str) -> float:
    """Return about how exact the value of a single seed is."""
    if metric == "auc":
        return float(table.audit.get("auc_standard_error") or 0.0) / 10
    return (constant_logloss(table) or 0.0) / FINE


def _place(size: float) -> int:
    """Return the place after the point of the first digit of a number; 0 of none."""
    return math.ceil(-math.log10(size)) if size > 0 else 0
