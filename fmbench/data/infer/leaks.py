"""Leaks: columns that tell the label better than anything known beforehand should."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from fmbench.data.infer.survey import Seen
from fmbench.fields import Field, columns

SUSPICIOUS: Final = 0.98
"""AUC of a single column on rows that it was not learnt from, above which it is named."""

TELLING: Final = 0.9
"""AUC of a single field from which an audit keeps it: a table holds it against its models."""

BLOCKS, BLOCK = 64, 4096
"""How many rows of a part are looked at: so many blocks of so many, evenly spaced."""

_LEAST: Final = 50
"""Rows of each class that it takes to say so."""


Rows = tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]
"""Ids and labels."""


def leaks(seen: Sequence[Seen], positive: npt.NDArray[np.bool_]) -> Iterator[tuple[str, float]]:
    """Yield the columns that alone nearly tell the label, and their AUC.

    A column's values are scored by their share of positives in half of the rows, drawn at random,
    and judged on the others; numbers are judged as they are, too.

    Args:
        seen: The columns, without the label's own.
        positive: `[rows]`, the labels.
    """
    judged = np.random.default_rng(0).random(len(positive)) < 0.5  # rows may take turns
    if min(positive[judged].sum(), (~positive)[judged].sum(), positive[~judged].sum()) < _LEAST:
        return
    for column in seen:
        scores = [_shares(column, positive, ~judged)[column.codes[judged]]]
        if column.numbers is not None:
            values = np.nan_to_num(column.numbers, nan=np.nanmin(column.numbers) - 1)
            scores.append(values[column.codes[judged]])
        auc = max(_auc(score, positive[judged]) for score in scores)
        if auc > SUSPICIOUS:
            yield column.name, auc


def telling(fields: Sequence[Field], train: Rows, valid: Rows) -> dict[str, float]:
    """Return by field the AUC that it alone has on validation rows, where that is at least 0.9.

    Each value is scored by its share of positives among the training rows (Micci-Barreca, 2001).
    Fields of several columns are left out.

    Args:
        fields: In the order of their columns.
        train: Ids `(rows, columns)` and labels `(rows,)`.
        valid: The same of other rows.
    """
    (ids, labels), (judged, positive) = (_some(part) for part in (train, valid))
    if min(positive.sum(), (~positive).sum(), labels.sum()) < _LEAST:
        return {}
    found = {}
    for field, own in zip(fields, columns(fields), strict=True):
        if field.width == 1:
            score = _learnt(ids[:, own.start], labels, field.cardinality)[judged[:, own.start]]
            auc = _auc(score, positive)
            if auc >= TELLING:
                found[field.name] = round(auc, 6)
    return found


def _some(rows: Rows) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Return rows of a part, no more than are worth a look."""
    ids, labels = rows
    if len(labels) > BLOCKS * BLOCK:
        starts = np.linspace(0, len(labels) - BLOCK, BLOCKS).astype(np.int64)
        ids, labels = (
            np.concatenate([part[at : at + BLOCK] for at in starts]) for part in (ids, labels)
        )
    return np.asarray(ids), np.asarray(labels, np.bool_)


def _learnt(
    codes: npt.NDArray[np.int32], positive: npt.NDArray[np.bool_], n: int
) -> npt.NDArray[np.float64]:
    """Return the share of positives of each of n values, one row of the usual share added."""
    counts = np.bincount(codes, minlength=n)
    positives = np.bincount(codes, weights=positive, minlength=n)
    found: npt.NDArray[np.float64] = (positives + positive.mean()) / (counts + 1)
    return found


def _shares(
    column: Seen, positive: npt.NDArray[np.bool_], rows: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the share of positives of each text; of one without rows, that of all."""
    return _learnt(column.codes[rows], positive[rows], len(column.counts))


def _auc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> float:
    """Return the AUC, or that of the opposite score where it is higher."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n = int(positive.sum())
    auc = (rank[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n))
    return float(max(auc, 1 - auc))
