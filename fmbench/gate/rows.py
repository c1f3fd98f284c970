"""Other rows: what DeLong's test adds to a difference that seeds were asked about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.errors import StoreError
from fmbench.gate.match import Match
from fmbench.metrics import Labels
from fmbench.record import Record
from fmbench.stats import auc_difference

Logits = Callable[[Record], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The test rows, and what either side said of them."""

    labels: Callable[[Record], Labels | None]
    """`(rows,)`; None where the data of a record is not at hand."""
    base: Logits
    new: Logits

    def in_words(self, cell: Match, seeds: Sequence[int]) -> str:
        """Say how often other rows alone would change the AUC as much; nothing if none can say."""
        labels = self.labels(cell.new[seeds[0]]) if seeds else None
        if labels is None:
            return ""
        try:
            new = [self.new(cell.new[seed]) for seed in seeds]
            base = [self.base(cell.base[seed]) for seed in seeds]
        except StoreError:
            return ""  # predictions are kept out of git, and a clone is without them
        found = auc_difference(labels, new, base)
        return "" if found is None else f"; by other rows alone p = {found.p:.2g} (DeLong)"
