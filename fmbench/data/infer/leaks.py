"""Leaks: columns that tell the label better than anything known beforehand should."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fmbench.data.infer.survey import Seen

SUSPICIOUS: Final = 0.98
"""AUC of a single column on rows that it was not learnt from, above which it is named."""

_LEAST: Final = 50
"""Rows of each class that it takes to say so."""


def leaks(columns: Sequence[Seen], positive: npt.NDArray[np.bool_]) -> Iterator[tuple[str, float]]:
    """Yield the columns that alone nearly tell the label, and their AUC.

    A column's values are scored by their share of positives in half of the rows, drawn at random,
    and judged on the others; numbers are judged as they are, too.

    Args:
        columns: Not the label's own.
        positive: `[rows]`, the labels.
    """
    judged = np.random.default_rng(0).random(len(positive)) < 0.5  # rows may take turns
    if min(positive[judged].sum(), (~positive)[judged].sum(), positive[~judged].sum()) < _LEAST:
        return
    for column in columns:
        scores = [_shares(column, positive, ~judged)[column.codes[judged]]]
        if column.numbers is not None:
            values = np.nan_to_num(column.numbers, nan=np.nanmin(column.numbers) - 1)
            scores.append(values[column.codes[judged]])
        auc = max(_auc(score, positive[judged]) for score in scores)
        if auc > SUSPICIOUS:
            yield column.name, auc


def _shares(
    column: Seen, positive: npt.NDArray[np.bool_], rows: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the share of positives of each text; of one without rows, that of all."""
    n, of_all = len(column.counts), positive[rows].mean()
    counts = np.bincount(column.codes[rows], minlength=n)
    positives = np.bincount(column.codes[rows], weights=positive[rows], minlength=n)
    found: npt.NDArray[np.float64] = (positives + of_all) / (counts + 1)
    return found


def _auc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> float:
    """Return the AUC, or that of the opposite score where it is higher."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n = int(positive.sum())
    auc = (rank[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n))
    return float(max(auc, 1 - auc))
