"""Numbers to ids: bins whose edges come from the training rows, fine ones and coarse ones."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import Numbers
from fmbench.data.encoding.categories import Ids
from fmbench.data.encoding.standardise import standardised
from fmbench.data.splits.split import Rows, chunks
from fmbench.fields import FIRST_VALUE, UNSEEN, Field

Edges = npt.NDArray[np.float64]

FINE: Final = 256
COARSE: Final = 32  # divides FINE, so that an edge of a coarse bin is one of a fine bin
"""How many bins there are at most. A coarse bin has rows enough to be learnt and a fine one tells
values apart; the vector of a number is the mean of both."""

FINEST: Final = 4096
"""How many bins there are at most of what is taken as a number: each only rounds it."""

_SAMPLE: Final = 1 << 18
"""Training rows, evenly spaced, that quantiles are taken of."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The ids of a column of numbers: the fine bin first, all in one vocabulary."""

    field: Field
    values: npt.NDArray[np.float64]
    edges: Edges
    """Ascending: a number is in the last fine bin whose edge it is not below, or in the first."""
    ids_of: Ids
    """`[bins + 1, levels]`, the ids of each fine bin, and at last those of no number."""
    is_log: bool

    @classmethod
    def fit(cls, name: str, column: Numbers, train: Rows, *, bins: str) -> "Bins":
        """Cut at quantiles of the training rows, or at the whole numbers of ln² x (`log2`).

        The second is what the winners of the Criteo challenge did (Juan et al., 2016, "Field-aware
        factorization machines for CTR prediction"): a number above 2 is ⌊ln² x⌋, others themselves.

        As a `number`, the field is one weight row times a value: the number, rounded to the mean of
        its bin, standardised over the training rows. What lies beyond them is in the outer bins.

        A number that is missing has an id of its own if training rows miss it, else that of unseen.
        """
        values, has_missing = _of_training(column, train)
        is_log = bins == "log2"
        is_number = bins == "number"
        most = FINEST if is_number else FINE
        edges = np.unique(_log(values)) if is_log and len(values) else _quantiles(values, most)
        first = FIRST_VALUE + has_missing
        levels = [first + np.arange(len(edges))]
        if not is_log and not is_number and len(edges) > COARSE:
            coarse = np.searchsorted(edges, _quantiles(values, COARSE), side="right") - 1
            place = np.searchsorted(coarse, np.arange(len(edges)), side="right") - 1
            levels.append(first + len(edges) + place)
        missing = FIRST_VALUE if has_missing else UNSEEN
        ids = np.vstack((np.stack(levels, 1), np.full(len(levels), missing))).astype(np.int32)
        field = Field(
            name,
            max(int(ids.max()) + 1, FIRST_VALUE),
            len(levels),
            kind="numeric",
            first_bin=first,
            values=standardised(column, train, edges) if is_number else (),
        )
        return cls(field, column.values, edges, ids, is_log)

    @property
    def rows(self) -> Edges:
        """What is read of the column when its ids are made."""
        return self.values

    def ids(self, rows: Rows) -> Ids:
        """Return the ids of some rows, `(rows, levels)`."""
        values = self.values[rows]
        values = _log(values) if self.is_log else values
        place = np.maximum(np.searchsorted(self.edges, values, side="right") - 1, 0)
        place[np.isnan(values)] = len(self.edges)
        return self.ids_of[place]


def _of_training(column: Numbers, train: Rows) -> tuple[npt.NDArray[np.float64], bool]:
    """Return training's numbers, thinned out where there are many, and whether any is missing."""
    values = np.asarray(column.values[train[:: 1 + len(train) // _SAMPLE]])
    missing = any(np.isnan(column.values[rows]).any() for rows in chunks(train, column.values))
    return values[~np.isnan(values)], missing


def _quantiles(values: npt.NDArray[np.float64], bins: int) -> Edges:
    """Return the lower edges of at most that many bins; each value has its own if there are few."""
    if not len(values):
        return np.zeros(1)
    ordered = np.sort(values)
    distinct: Edges = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    if len(distinct) <= bins:
        return distinct
    cuts: Edges = np.unique(ordered[len(ordered) * np.arange(bins) // bins])
    return cuts


def _log(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    large = values > 2
    logs = np.floor(np.log(np.where(large, values, 1.0)) ** 2)
    whole: npt.NDArray[np.float64] = np.where(large, logs, np.floor(values))
    return whole
