"""Numbers to ids: bins whose edges come from the training rows, fine ones and coarse ones."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import Numbers
from fmbench.data.encoding.categories import Ids
from fmbench.data.splits.split import Rows, chunks
from fmbench.fields import FIRST_VALUE, UNSEEN, Field

Edges = npt.NDArray[np.float64]

BINS: Final = (256, 32)
"""How many bins there are at most, by level. A coarse bin has rows enough to be learnt and a fine
one tells values apart; the vector of a number is the mean of both."""

_SAMPLE: Final = 1 << 20
"""Training rows, evenly spaced, that quantiles are taken of."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The ids of a column of numbers: the finest bin first, all levels in one vocabulary."""

    field: Field
    values: npt.NDArray[np.float64]
    edges: tuple[Edges, ...]
    """By level, ascending: a number is in the bin of the edges that it is not below."""
    is_log: bool
    has_missing: bool
    """Whether training rows have no number, so that it has an id of its own."""

    @classmethod
    def fit(cls, name: str, column: Numbers, train: Rows, *, bins: str) -> "Bins":
        """Cut at quantiles of the training rows, or at the whole numbers of ln² x (`log2`).

        The second is what the winners of the Criteo challenge did (Juan et al., 2016, "Field-aware
        factorization machines for CTR prediction"): a number above 2 is ⌊ln² x⌋, others themselves.
        """
        values, has_missing = _of_training(column, train)
        is_log, edges = bins == "log2", tuple[Edges, ...]()
        if is_log:
            edges = (np.unique(_log(values if len(values) else np.zeros(1))),)
        else:
            levels = [_quantiles(values, n) for n in BINS]
            edges = tuple(levels if len(levels[0]) > len(levels[-1]) else levels[:1])
        sizes = sum(len(each) for each in edges) + has_missing
        first = FIRST_VALUE + has_missing
        field = Field(name, sizes + FIRST_VALUE, len(edges), kind="numeric", first_bin=first)
        return cls(field, column.values, edges, is_log, has_missing)

    def ids(self, rows: Rows) -> Ids:
        """Return the ids of some rows, `(rows, levels)`; UNSEEN where training misses no number."""
        values = self.values[rows]
        known = ~np.isnan(values)
        values = _log(values) if self.is_log else values
        ids = np.empty((len(rows), len(self.edges)), dtype=np.int32)
        start = self.field.first_bin
        for level, edges in enumerate(self.edges):
            place = np.searchsorted(edges, values, side="right") - 1
            ids[:, level] = start + np.maximum(place, 0)
            start += len(edges)
        ids[~known] = FIRST_VALUE if self.has_missing else UNSEEN
        return ids


def _of_training(column: Numbers, train: Rows) -> tuple[npt.NDArray[np.float64], bool]:
    """Return training's numbers, thinned out where there are many, and whether any is missing."""
    step = 1 + len(train) // _SAMPLE
    values = np.asarray(column.values[train[::step]])
    missing = any(np.isnan(column.values[rows]).any() for rows in chunks(train))
    return values[~np.isnan(values)], missing


def _quantiles(values: npt.NDArray[np.float64], bins: int) -> Edges:
    """Return the lower edges of at most that many bins; each value has its own if there are few."""
    distinct = np.unique(values)
    if len(distinct) <= bins:
        return distinct if len(distinct) else np.zeros(1)
    cuts: Edges = np.unique(np.quantile(values, np.arange(bins) / bins, method="lower"))
    return cuts


def _log(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    large = values > 2
    logs = np.floor(np.log(np.where(large, values, 1.0)) ** 2)
    whole: npt.NDArray[np.float64] = np.where(large, logs, np.floor(values))
    return whole
