"""Calibration: how often it is so, where a model says how likely it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fmbench.metrics import BINS
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.report import words
from fmbench.report.leaderboard import display_names
from fmbench.report.pairs import Scored
from fmbench.report.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The test rows to which a case gives about the same chance; empty bins are left out."""

    case: str
    place: int
    """Index among `BINS` bins of equal width: the bin begins at `place / BINS`."""
    rows: float
    """Number of rows, mean over seeds."""
    predicted: float
    """Mean chance that the case gives them, over rows and seeds."""
    observed: float
    """Share of them that is positive."""


def build_bins(table: Table, scored: Scored) -> Iterator[Bin]:
    """Yield the bins of each case of a table, all its seeds together."""
    for row in table.rows:
        seeds = sorted(seed for case, seed in scored.logits if case == row.case)
        if not seeds:
            continue
        logits = np.concatenate([scored.logits[row.case, seed] for seed in seeds])
        chances = np.exp(-np.logaddexp(0.0, -logits.astype(np.float64)))
        labels = np.tile(scored.labels, len(seeds))
        places = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
        counts, predicted, observed = (
            np.bincount(places, weights=w, minlength=BINS) for w in (None, chances, labels)
        )
        for place in np.flatnonzero(counts):
            count = counts[place]
            yield Bin(
                case=row.case,
                place=int(place),
                rows=float(count / len(seeds)),
                predicted=float(predicted[place] / count),
                observed=float(observed[place] / count),
            )


def section(table: Table, bins: Sequence[Bin]) -> Section:
    """Return a grid: a row a case, a column a bin."""
    names = display_names(table)
    cells = {(each.case, each.place): _cell(each) for each in bins}
    cases = list(dict.fromkeys(each.case for each in bins))
    headers = ["model", *(f"{i / BINS:.2f} to\n{(i + 1) / BINS:.2f}" for i in range(BINS))]
    return Section(
        title=f"{words.title(table)}: calibration",
        grid=Grid(
            headers,
            [[names[c], *(cells.get((c, i), NOTHING) for i in range(BINS))] for c in cases],
            [False] + [True] * BINS,
        ),
        of=[names[case] for case in cases],
        below=[
            "Test rows by the chance that the model gives them: the share of them that is positive "
            "(rows, mean over seeds)"
        ],
    )


def _cell(each: Bin) -> str:
    return f"{each.observed:.3f} ({each.rows:,.0f})"
