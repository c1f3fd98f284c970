"""Influence: what each user adds to a metric, and so how far other users would move it.

A metric of many rows is nearly a sum over users. The standard error of that sum is the spread of
its terms: no draws, no seed, and one pass over the rows for each metric. Hampel (1974) names the
terms; summed within clusters they are Obuchowski's (1997) variance of a clustered AUC.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import Labels, Logits, row_losses
from fmbench.stats.delong import placements

Influence = NDArray[np.float64]
"""`(users,)`; sums to 0, and its squares sum to the variance of the metric."""

Keys = NDArray[np.int64]

FEWEST = 10
"""Users of a kind, or rows of the rarer class: with fewer, how others differ is not known."""


def influence(metric: str, labels: Labels, logits: Logits, user: Keys) -> Influence | None:
    """Return what each user adds to a metric, beyond an even share.

    Args:
        metric: One of the quality metrics.
        labels: `(rows,)`.
        logits: `(rows,)`, float64.
        user: `(rows,)`, numbers from 0 without a gap.

    Returns:
        `(users,)`, for a metric that these rows define; None where they are too few, and for the
        calibration error, which chance alone moves up: an interval around it misses too often.
    """
    users = int(user.max()) + 1 if len(user) else 0
    rarer = min(int(labels.sum()), int((~labels).sum()))
    if metric == "ece" or users < FEWEST or (metric in ("auc", "ne") and rarer < FEWEST):
        return None
    return _OF[metric](labels, logits, user)


def _auc(labels: Labels, logits: Logits, user: Keys) -> Influence:
    below, above = placements(labels, logits)
    rows = np.empty(len(labels))
    rows[labels] = (below - below.mean()) / len(below)
    rows[~labels] = (above - above.mean()) / len(above)
    return _by_user(rows, user)


def _logloss(labels: Labels, logits: Logits, user: Keys) -> Influence:
    return _mean(row_losses(labels, logits), user)


def _normalised_entropy(labels: Labels, logits: Logits, user: Keys) -> Influence:
    """Follow the quotient: the loss moves, and so does the entropy of the positive rate."""
    losses, rate = row_losses(labels, logits), labels.mean()
    entropy = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    slope = np.log1p(-rate) - np.log(rate)
    moved = losses - losses.mean() / entropy * slope * labels
    influence: Influence = _mean(moved, user) / entropy
    return influence


def _user_auc(labels: Labels, logits: Logits, user: Keys) -> Influence | None:
    """Take the weighted mean for what it is, a ratio of two sums over users."""
    rows, positives = np.bincount(user), np.bincount(user, weights=labels)
    mixed = (positives > 0) & (positives < rows)
    if mixed.sum() < FEWEST:
        return None
    order = np.lexsort((logits, user))
    key, scores, positive = user[order], logits[order], labels[order]
    new = np.append(True, (key[1:] != key[:-1]) | (scores[1:] != scores[:-1]))
    starts = np.flatnonzero(new)
    ups, downs = (np.add.reduceat(x.astype(np.int64), starts) for x in (positive, ~positive))
    of = key[starts]
    before = np.cumsum(downs) - downs
    before -= before[np.searchsorted(of, of)]
    won = np.bincount(of, weights=ups * (before + downs / 2))
    value = np.zeros(len(rows))
    value[mixed] = won[mixed] / (positives * (rows - positives))[mixed]
    weight = np.where(mixed, rows, 0)
    centred: Influence = weight * (value - np.average(value, weights=weight)) / weight.sum()
    return centred


def _user_auc_coverage(labels: Labels, logits: Logits, user: Keys) -> Influence | None:
    rows, positives = np.bincount(user), np.bincount(user, weights=labels)
    mixed = (positives > 0) & (positives < rows)
    if min(mixed.sum(), (~mixed).sum()) < FEWEST:
        return None
    centred: Influence = (mixed - mixed.mean()) / len(rows)
    return centred


def _mean(values: NDArray[np.float64], user: Keys) -> Influence:
    return _by_user((values - values.mean()) / len(values), user)


def _by_user(values: NDArray[np.float64], user: Keys) -> Influence:
    return np.bincount(user, weights=values).astype(np.float64)


_OF: Mapping[str, Callable[[Labels, Logits, Keys], Influence | None]] = {
    "auc": _auc,
    "logloss": _logloss,
    "ne": _normalised_entropy,
    "gauc": _user_auc,
    "gauc_coverage": _user_auc_coverage,
}
