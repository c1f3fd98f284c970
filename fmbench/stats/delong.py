"""AUC on one set of rows: how far another set of rows would move it, or a difference of two."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import Labels

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its standard error."""

    value: float
    error: float

    @property
    def p(self) -> float:
        """How often other rows alone would make a number as far from 0, either way (normal)."""
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return math.erfc(abs(self.value) / self.error / math.sqrt(2))


def auc_difference(
    labels: Labels, first: Sequence[Scores], second: Sequence[Scores]
) -> Estimate | None:
    """Return the mean AUC of one model less that of another on the same rows, with its error.

    Each model may come with several seeds, `(rows,)` each; with one it is the textbook's test. The
    error is that of drawing other rows, for these seeds: DeLong, DeLong and Clarke-Pearson (1988),
    by ranks as in Sun and Xu (2014), whose components are linear and so may be averaged over seeds.
    It takes rows for independent, which those of one user are not quite; `two_way_bootstrap` draws
    users. None when a class has fewer than two rows.
    """
    positives, negatives = int(labels.sum()), int((~labels).sum())
    if min(positives, negatives) < 2:
        return None
    above = [_mean_placements(labels, seeds) for seeds in (first, second)]
    of_positives = above[0][0] - above[1][0]
    of_negatives = above[0][1] - above[1][1]
    variance = of_positives.var(ddof=1) / positives + of_negatives.var(ddof=1) / negatives
    return Estimate(float(of_positives.mean()), float(np.sqrt(variance)))


def auc_error(labels: Labels, scores: Scores) -> Estimate | None:
    """Return the AUC of one model with its standard error; see `auc_difference`."""
    chance = np.zeros(len(labels))
    difference = auc_difference(labels, [scores], [chance])
    return None if difference is None else Estimate(difference.value + 0.5, difference.error)


def _mean_placements(
    labels: Labels, seeds: Sequence[Scores]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    each = [placements(labels, scores) for scores in seeds]
    return np.mean([below for below, _ in each], 0), np.mean([above for _, above in each], 0)


def placements(labels: Labels, scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of negatives below each positive and of positives above each negative."""
    positive, negative = scores[labels], scores[~labels]
    among_all = _midranks(np.concatenate([positive, negative]))
    m, n = len(positive), len(negative)
    below = (among_all[:m] - _midranks(positive)) / n
    above = 1 - (among_all[m:] - _midranks(negative)) / m
    return below, above


def _midranks(scores: Scores) -> NDArray[np.float64]:
    """Return ranks from 1; those that tie share the mean of their ranks."""
    _, place, many = np.unique(scores, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(many) - (many - 1) / 2)[place]
    return ranks
