"""Habits: what a row's user and item did lately, in shares of positive training rows.

A user id cannot help where most users come once, and its one weight is for all the years. What
carries over to users never seen is the habit itself: how often these rows were positive, ever and
lately (Koren, 2009, "Collaborative filtering with temporal dynamics"). Each column here is one such
share, so that a reader can see what a model was told.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from fmbench.data._decay import Floats, decayed
from fmbench.data._prepare import Prepared
from fmbench.data.table import Column, IntArray

_DAY: Final = 86_400
USER: Final = {"": np.inf, "_year": 365 * _DAY, "_month": 30 * _DAY, "_hour": _DAY / 24}
"""Half-lives in seconds, the longest first, and what columns are called after them."""
ITEM: Final = {"": np.inf, "_half_year": 180 * _DAY, "_week": 7 * _DAY, "_day": _DAY}

# How many rows the longer memory counts as, beside those of the shorter; and the width of a bin in
# log odds. Users have few rows that differ much, movies many that differ little.
_USER_STRENGTH, _USER_BIN = 2.0, 0.4
_ITEM_STRENGTH, _ITEM_BIN = 10.0, 0.2

_FOLDS: Final = 5


def habit_columns(prepared: Prepared, *, looks_ahead: bool) -> Mapping[str, Column]:
    """Return shares of positives and numbers of rows, for the user and for the item of each row.

    Of the training rows with the same user, each weighs half as much for every half-life between
    its time and the row's; `<user>_rows_month` is the sum of these weights, in doublings, and
    `<user>_share_month` the weighted share of positives, shrunk to that of the next longer
    half-life (of the longest: to all training rows), in bins of log odds. Likewise for the item.
    Rows of the same second do not count for each other.

    `looks_ahead`: a row sees training rows after it, too, as the rows of a random split may. A
    training row then sees those of the other folds alone, so that its own label is in none of its
    columns; the rows of a user go to the folds in turn. Else every row sees earlier rows alone.
    """
    table, keys = prepared.table, prepared.keys
    fold = _folds(prepared) if looks_ahead else np.zeros(len(table), dtype=np.int64)
    columns: dict[str, Column] = {}
    for name, key, half_lives, strength, width in (
        (table.user, keys.user, USER, _USER_STRENGTH, _USER_BIN),
        (table.item, keys.item, ITEM, _ITEM_STRENGTH, _ITEM_BIN),
    ):
        memory = _Memory(prepared, key, fold, looks_ahead)
        share: Floats | float = float(prepared.labels[prepared.parts["train"]].mean())
        for suffix, half_life in half_lives.items():
            positives, rows = memory.sums(half_life)
            share = (positives + strength * share) / (rows + strength)
            columns[f"{name}_share{suffix}"] = _binned(np.log(share / (1 - share)) / width)
            columns[f"{name}_rows{suffix}"] = _binned(np.frexp(np.floor(_rounded(rows)))[1])
    return columns


class _Memory:
    """The training rows of each key, as rows before and after them remember them."""

    def __init__(
        self, prepared: Prepared, key: IntArray, fold: IntArray, looks_ahead: bool
    ) -> None:
        time = prepared.table.time
        self._key, self._time, self._fold = key.astype(np.int64), time, fold
        self._positive = prepared.labels.astype(np.float64)
        self._train = np.zeros(len(time), dtype=bool)
        self._train[prepared.parts["train"]] = True
        self._orders = [np.lexsort((time, key))]
        if looks_ahead:
            self._orders.append(np.lexsort((-time, key)))

    def sums(self, half_life: float) -> tuple[Floats, Floats]:
        """Return the decayed number of positives, and of rows, `[n]` each."""
        positives, rows = np.zeros(len(self._key)), np.zeros(len(self._key))
        for order in self._orders:
            found = decayed(
                self._key[order],
                self._time[order],
                self._fold[order],
                self._train[order],
                self._positive[order],
                float(half_life),
            )
            positives[order] += found[0]
            rows[order] += found[1]
        return positives, rows


def _folds(prepared: Prepared) -> IntArray:
    """Return int64 `[n]`: 1 to _FOLDS for training rows, 0 for others; no line number is in it."""
    train, keys = prepared.parts["train"], prepared.keys
    turn = train[np.lexsort((keys.item[train], prepared.table.time[train], keys.user[train]))]
    fold = np.zeros(len(prepared.table), dtype=np.int64)
    fold[turn] = np.arange(len(turn)) % _FOLDS + 1
    return fold


def _binned(values: Floats | IntArray) -> Column:
    distinct, index = np.unique(np.floor(_rounded(values)).astype(np.int64), return_inverse=True)
    return Column(distinct, index.astype(np.int16))


def _rounded(values: Floats | IntArray) -> Floats:
    """Return what the last bits, which differ from machine to machine, cannot move over an edge."""
    rounded: Floats = np.round(values, 9)
    return rounded
