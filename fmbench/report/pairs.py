"""Pairs: every two models of a table on the same rows, and what their difference is worth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import METRICS, Labels, Users
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.record import Record
from fmbench.report import words
from fmbench.report.leaderboard import display_names
from fmbench.report.rows import comparisons
from fmbench.report.tables import Table
from fmbench.report.ties import LEVEL, Comparison, unsettled
from fmbench.stats import Drawn, Interval, auc_difference, holm, two_way_bootstrap

Seeds = frozenset[int]

MARGINS = {"auc": 0.001, "logloss": 0.001}
"""A difference below this, one way or the other, is as good as none."""


def headers(drawn: str) -> tuple[str, ...]:
    """Return the headers of a grid whose bootstrap draws users, or rows."""
    return (
        "better", "worse", "difference ±", "seeds", "p", f"other {drawn}\nand seeds",
        "other\nrows: p", "verdict",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The test rows of a split and what each model said of them."""

    labels: Labels
    users: Users | None
    """None where the data has no user."""
    logits: Mapping[tuple[str, int], NDArray[np.float32]]
    """`(rows,)` by case and seed."""

    @property
    def drawn(self) -> Users:
        """What intervals draw anew, `(rows,)`: users, else each row by itself."""
        return np.arange(len(self.labels)) if self.users is None else self.users

    def common(self, first: str, second: str) -> Seeds:
        """Return the seeds that both cases have."""
        of = [{seed for case, seed in self.logits if case == each} for each in (first, second)]
        return frozenset(of[0] & of[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two models and one metric; `better` is the one with the better mean over seeds."""

    metric: str
    better: str
    worse: str
    difference: Interval
    """The metric, better - worse, over the seeds that both have."""
    p: float
    """p-value: would seeds alone make it? Adjusted for all pairs of the table (Holm)."""
    users_and_seeds: Interval | None
    """The same difference with other users, or rows where there are none, and other seeds
    drawn; None with fewer than two."""
    rows_p: float | None
    """DeLong's p-value: would other rows alone make it, for these seeds? AUC only."""
    verdict: str


def build_pairs(
    table: Table, records: Sequence[Record], rows: Scored | None, metric: str
) -> list[Pair]:
    """Return all pairs of a table, those with the largest difference first.

    Without `rows` only seeds are asked.
    """
    place = {row.case: i for i, row in enumerate(table.rows)}
    same = [r for r in records if r.fingerprint == table.fingerprint and r.spec.case in place]
    names = display_names(table)
    found = comparisons(sorted(same, key=lambda record: place[record.spec.case]), metric)
    cases = dict.fromkeys(case for c in found for case in (c.first, c.second))
    drawn = {} if rows is None else _draw(rows, cases, metric)
    verdicts = _verdicts(found, MARGINS[metric])
    pairs = [
        _pair(c, verdict, names, rows, drawn, metric)
        for c, verdict in zip(found, verdicts, strict=True)
    ]
    return sorted(pairs, key=lambda pair: -abs(pair.difference.mean or 0.0))


def sections(table: Table, records: Sequence[Record], rows: Scored | None) -> Iterator[Section]:
    """Yield a section for AUC and one for logloss."""
    for metric in MARGINS:
        pairs = build_pairs(table, records, rows, metric)
        title = f"{words.title(table)}: differences in {metric}"
        yield section(title, pairs, pairs, metric, table.drawn)


def section(
    title: str, shown: Sequence[Pair], pairs: Sequence[Pair], metric: str, drawn: str
) -> Section:
    """Return a section with some of a table's pairs; `drawn` is what the bootstrap draws."""
    return Section(
        title=title,
        grid=Grid(
            headers(drawn), [_cells(pair) for pair in shown], [i in (3, 4, 6) for i in range(8)]
        ),
        below=[*_notes(metric, pairs, drawn)],
    )


def _draw(rows: Scored, cases: Iterable[str], metric: str) -> dict[Seeds, Drawn]:
    """Draw seeds and users, or rows, at once for all cases of which a pair has seeds in common."""
    sharing: dict[Seeds, list[str]] = defaultdict(list)
    for pair in combinations(cases, 2):
        sharing[rows.common(*pair)] += pair
    return {
        seeds: two_way_bootstrap(
            rows.labels,
            rows.drawn,
            {case: [rows.logits[case, seed] for seed in sorted(seeds)] for case in of},
            metric,
        )
        for seeds, of in sharing.items()
        if len(seeds) > 1
    }


def _pair(
    c: Comparison, verdict: str, names: Mapping[str, str], rows: Scored | None,
    drawn: Mapping[Seeds, Drawn], metric: str,
) -> Pair:  # fmt: skip
    is_first = METRICS[metric].higher_is_better == (c.paired.mean >= 0)
    better, worse = (c.first, c.second) if is_first else (c.second, c.first)
    both = None if rows is None else drawn.get(rows.common(better, worse))
    return Pair(
        metric=metric,
        better=names[better],
        worse=names[worse],
        difference=c.paired.interval if is_first else _mirrored(c.paired.interval),
        p=c.p,
        users_and_seeds=None if both is None else both.difference(better, worse),
        rows_p=None if rows is None or metric != "auc" else _other_rows(rows, better, worse),
        verdict=verdict,
    )


def _other_rows(rows: Scored, better: str, worse: str) -> float | None:
    seeds = sorted(rows.common(better, worse))
    first, second = ([rows.logits[case, seed] for seed in seeds] for case in (better, worse))
    estimate = auc_difference(rows.labels, first, second) if seeds else None
    return None if estimate is None else estimate.p


def _verdicts(comparisons: Sequence[Comparison], margin: float) -> Iterator[str]:
    """Put what the tests say into words; each kind of claim is adjusted for all pairs (Holm)."""
    equivalent = holm([c.paired.p_equivalent(margin) for c in comparisons])
    level = LEVEL / max(1, len(comparisons))
    for c, p_equivalent in zip(comparisons, equivalent, strict=True):
        if c.is_settled:
            yield "better"
        elif p_equivalent < LEVEL:
            yield f"equal within {margin}"
        else:
            yield unsettled(c.paired, margin, level)


def _mirrored(interval: Interval) -> Interval:
    mean, low, high = (
        None if x is None else -x for x in (interval.mean, interval.low, interval.high)
    )
    return Interval(mean, high, low, interval.n)


def _cells(pair: Pair) -> list[str]:
    interval, drawn = pair.difference, pair.users_and_seeds
    return [
        pair.better,
        pair.worse,
        f"{interval.mean:+.4f} ± {interval.half_width:.4f}",
        str(interval.n),
        _p(pair.p),
        NOTHING if drawn is None else f"{drawn.low:+.4f} to {drawn.high:+.4f}",
        NOTHING if pair.rows_p is None else _p(pair.rows_p),
        pair.verdict,
    ]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _notes(metric: str, pairs: Sequence[Pair], drawn: str) -> Iterator[str]:
    yield (
        f"difference: of {metric}, better - worse, mean over common seeds ± half width of its 95 % "
        "interval (Welch's t, variances moderated over validation rows and the table)"
    )
    yield (
        f"p: that other seeds alone make it, adjusted for {len(pairs)} pairs (Holm); better: "
        f"p < {LEVEL}; equal: so are two one-sided tests against {MARGINS[metric]}, adjusted alike"
    )
    has_drawn = any(pair.users_and_seeds for pair in pairs)
    has_rows = any(pair.rows_p is not None for pair in pairs)
    if has_drawn:
        yield f"other {drawn} and seeds: 95 % interval when both are drawn anew (bootstrap, 1,000)"
    if has_rows:
        yield "other rows: DeLong's test for these seeds, rows taken as independent; not adjusted"
    if not has_drawn and not has_rows:
        others = "other users, " * (drawn == "users")
        yield f"{others}other rows: not asked, as predictions or data are out of reach"
