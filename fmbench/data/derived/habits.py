"""Habits: what a row's user and item did lately, in shares of positive training rows.

A user id cannot help where most users come once, and its one weight is for all the years. What
carries over to users never seen is the habit itself: how often these rows were positive, ever and
lately (Koren, 2009, "Collaborative filtering with temporal dynamics"). Each column here is one such
share, so that a reader can see what a model was told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from fmbench.data.columns import Column, IntArray
from fmbench.data.derived.decay import Floats, compiled
from fmbench.data.splits.prepare import Prepared

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Habit:
    """How the rows of a key are remembered."""

    half_lives: Mapping[str, float]
    """The ending of a column's name to a half-life in seconds; the longest first."""
    strength: float
    """Rows that the share of the next longer half-life counts as."""
    width: float
    """Width of a bin of shares, in log odds."""
    folds: int
    """Folds into which training rows are dealt, where rows see later ones."""
    ordered: bool
    """Whether a training row sees the folds before its own, not all others."""


# Users have few rows that differ much, movies many that differ little.
USER = Habit(
    {"": np.inf, "_year": 365 * _DAY, "_month": 30 * _DAY, "_hour": _DAY / 24},
    strength=2.0, width=0.4, folds=5, ordered=False,
)  # fmt: skip
ITEM = Habit(
    {"": np.inf, "_half_year": 180 * _DAY, "_week": 7 * _DAY, "_day": _DAY},
    strength=10.0, width=0.2, folds=10, ordered=True,
)  # fmt: skip


def habit_columns(prepared: Prepared, *, looks_ahead: bool) -> Mapping[str, Column]:
    """Return shares of positives and numbers of rows, for the user and for the item of each row.

    Of the training rows with the same user, each weighs half as much for every half-life between
    its time and the row's; `<user>_rows_month` is the sum of these weights, in doublings, and
    `<user>_share_month` the weighted share of positives, shrunk to that of the next longer
    half-life (of the longest: to all training rows), in bins of log odds. Likewise for the item.
    Rows of the same second do not count for each other.

    `looks_ahead`: a row sees training rows after it, too, as the rows of a random split may. Its
    own label must then be in none of its columns. Of the user's training rows, dealt into 5 folds,
    a training row sees the other folds. For the item that would not do: its weight tells of all its
    rows, and what the share lacks of them is the fold of the row itself. Of the item's, in 10
    folds, a row sees the folds before its own, as in ordered target statistics (Prokhorenkova et
    al., 2018, "CatBoost: unbiased boosting with categorical features"). Without `looks_ahead` every
    row sees earlier rows alone.
    """
    keys, roles = prepared.keys, (str(prepared.table.user), str(prepared.table.item))
    prior = float(prepared.labels[prepared.parts["train"]].mean())
    columns: dict[str, Column] = {}
    for name, key, habit in zip(roles, (keys.user, keys.item), (USER, ITEM), strict=True):
        assert key is not None  # `load` asks for the roles
        memory = _Memory(prepared, key, habit, looks_ahead)
        share: Floats | float = prior
        for suffix, half_life in habit.half_lives.items():
            positives, rows = memory.sums(half_life)
            share = (positives + habit.strength * share) / (rows + habit.strength)
            odds = np.log(share / (1 - share))
            columns[f"{name}_share{suffix}"] = _binned(odds / habit.width)
            columns[f"{name}_rows{suffix}"] = _binned(np.frexp(np.floor(_rounded(rows)))[1])
    return columns


class _Memory:
    """Fading sums over the training rows of each key, as other rows see them."""

    def __init__(self, prepared: Prepared, key: IntArray, habit: Habit, looks_ahead: bool) -> None:
        time = prepared.table.time
        assert time is not None
        counts = np.zeros(len(time), dtype=bool)
        counts[prepared.parts["train"]] = True
        fold = _dealt(prepared, key, habit.folds if looks_ahead else 0)
        columns = key.astype(np.int64), time, fold, counts, prepared.labels.astype(np.float64)
        orders = [np.lexsort((way * time, key)) for way in ((1, -1) if looks_ahead else (1,))]
        self._passes = [(order, [column[order] for column in columns]) for order in orders]
        self._n, self._ordered = len(time), habit.ordered

    def sums(self, half_life: float) -> tuple[Floats, Floats]:
        """Return the decayed number of positives, and of rows, `[n]` each."""
        positives, rows = np.zeros(self._n), np.zeros(self._n)
        for order, columns in self._passes:
            found = compiled()(*columns, float(half_life), self._ordered)
            positives[order] += found[0]
            rows[order] += found[1]
        return positives, rows


def _dealt(prepared: Prepared, key: IntArray, folds: int) -> IntArray:
    """Return int64 `[n]`: 1 to `folds` for training rows, in turn within a key, and 0 for others.

    Rows take turns by key, time, user and item, so that no line number decides.
    """
    train, keys = prepared.parts["train"], prepared.keys
    fold = np.zeros(len(key), dtype=np.int64)
    if folds:
        by = (keys.item, keys.user, prepared.table.time, key)  # the last one sorts first
        turn = train[np.lexsort([each[train] for each in by if each is not None])]
        fold[turn] = np.arange(len(turn)) % folds + 1
    return fold


def _binned(values: Floats | IntArray) -> Column:
    distinct, index = np.unique(np.floor(_rounded(values)).astype(np.int64), return_inverse=True)
    return Column(distinct, index.astype(np.int16))


def _rounded(values: Floats | IntArray) -> Floats:
    """Round off the last bits, which differ between machines and could cross the edge of a bin."""
    rounded: Floats = np.round(values, 9)
    return rounded
