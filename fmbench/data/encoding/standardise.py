"""What the bins of a number stand for: the mean of their training rows, standardised."""

import math

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import Numbers
from fmbench.data.splits.split import Rows, chunks

Floats = npt.NDArray[np.float64]


def standardised(column: Numbers, train: Rows, edges: Floats) -> tuple[float, ...]:
    """Return a value for each bin, in order, of mean 0 and standard deviation 1 over training rows.

    `edges` are the lower edges of the bins, ascending. Rows without a number do not count, and an
    infinite number is the largest finite one. All are zero where the rows have but one value.

    Every sum is either exact or taken row by row, so that the last bit is the same on any machine:
    the values are part of a dataset's fingerprint.
    """
    largest = _largest(column, train)
    lower = _scaled(edges, largest)
    rows, apart = np.zeros(len(edges)), np.zeros(len(edges))
    for piece in chunks(train, column.values):
        values = column.values[piece]
        values = values[~np.isnan(values)]
        place = np.maximum(np.searchsorted(edges, values, side="right") - 1, 0)
        np.add.at(rows, place, 1.0)
        # Summed as distances from the edge: where all rows of a bin are alike, their mean is exact.
        np.add.at(apart, place, _scaled(values, largest) - lower[place])
    means = lower + apart / np.maximum(rows, 1.0)
    total = max(rows.sum(), 1.0)
    apart = means - math.fsum((rows * means).tolist()) / total
    spread = math.sqrt(math.fsum((rows * apart**2).tolist()) / total)
    if len(edges) == 1 or not spread:
        return (0.0,) * len(edges)
    return tuple((apart / spread).tolist())


def _largest(column: Numbers, train: Rows) -> float:
    """Return the largest finite size of training's numbers, or one."""
    largest = 0.0
    for piece in chunks(train, column.values):
        values = column.values[piece]
        largest = max(largest, np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return float(largest) or 1.0


def _scaled(values: Floats, largest: float) -> Floats:
    """Bring numbers to within -2 and 2, whose squares cannot overflow; by a power of two, exact."""
    scaled: Floats = np.clip(values, -largest, largest) / 2.0 ** (math.frexp(largest)[1] - 1)
    return scaled
