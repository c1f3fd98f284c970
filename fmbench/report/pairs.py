"""Pairs: every two models of a table on the same rows, and what their difference is worth."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import METRICS, Labels, Users
from fmbench.record import Record
from fmbench.report import words
from fmbench.report.page import NOTHING, Grid, Section
from fmbench.report.rows import values_by_seed
from fmbench.report.tables import Table
from fmbench.report.ties import LEVEL, Comparison, compare
from fmbench.stats import Drawn, Interval, auc_difference, seeds_needed, two_way_bootstrap

MARGINS = {"auc": 0.001, "logloss": 0.001}
"""A difference below this, one way or the other, is as good as none."""

HEADERS = (
    "better", "worse", "difference ±", "seeds", "p", "other users\nand seeds", "other\nrows: p",
    "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The test rows of a split and what each model said of them."""

    labels: Labels
    users: Users
    logits: Mapping[tuple[str, int], NDArray[np.float32]]
    """`(rows,)` by case and seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two models and one metric; `better` is the one with the better mean over seeds."""

    metric: str
    better: str
    worse: str
    difference: Interval
    """Of the metric, better - worse, over the seeds that both have."""
    p: float
    """Whether seeds alone make it, adjusted for all pairs of the table (Holm)."""
    users_and_seeds: Interval | None
    """The same difference with other users and other seeds drawn."""
    rows_p: float | None
    """Whether other rows alone make it, for these seeds: DeLong's test; AUC only."""
    verdict: str


def build_pairs(
    table: Table, records: Sequence[Record], rows: Scored | None, metric: str
) -> list[Pair]:
    """Return all pairs of a table, those with the largest difference first.

    Without `rows` only seeds are asked.
    """
    same = [record for record in records if record.fingerprint == table.fingerprint]
    values = values_by_seed(same, metric)
    cases = {row.case: values[row.case] for row in table.rows if row.case in values}
    names = {row.case: row.name for row in table.rows}
    drawn = None if rows is None else _draw(rows, cases, metric)
    pairs = [_pair(c, names, rows, drawn, metric) for c in compare(cases)]
    return sorted(pairs, key=lambda pair: -abs(pair.difference.mean or 0.0))


def sections(table: Table, records: Sequence[Record], rows: Scored | None) -> Iterator[Section]:
    """Yield a section for AUC and one for logloss."""
    for metric in MARGINS:
        pairs = build_pairs(table, records, rows, metric)
        yield section(f"{words.title(table)}: differences in {metric}", pairs, pairs, metric)


def section(title: str, shown: Sequence[Pair], pairs: Sequence[Pair], metric: str) -> Section:
    """Return a section with some of a table's pairs."""
    has_rows = any(pair.users_and_seeds for pair in pairs)
    return Section(
        title=title,
        grid=Grid(HEADERS, [_cells(pair) for pair in shown], [i in (3, 4, 6) for i in range(8)]),
        below=[*_notes(metric, len(pairs), has_rows)],
    )


def _draw(rows: Scored, cases: Iterable[str], metric: str) -> Drawn | None:
    """Draw users and seeds for all cases at once, from the seeds that all of them have."""
    having = {case: {seed for of, seed in rows.logits if of == case} for case in cases}
    seeds = sorted(set.intersection(*having.values())) if having else []
    if not seeds:
        return None
    logits = {case: [rows.logits[case, seed] for seed in seeds] for case in having}
    return two_way_bootstrap(rows.labels, rows.users, logits, metric)


def _pair(
    c: Comparison, names: Mapping[str, str], rows: Scored | None, drawn: Drawn | None, metric: str
) -> Pair:
    is_first = METRICS[metric].higher_is_better == (c.paired.mean >= 0)
    better, worse = (c.first, c.second) if is_first else (c.second, c.first)
    return Pair(
        metric=metric,
        better=names[better],
        worse=names[worse],
        difference=c.paired.interval if is_first else _mirrored(c.paired.interval),
        p=c.p,
        users_and_seeds=None if drawn is None else drawn.difference(better, worse),
        rows_p=None if rows is None or metric != "auc" else _other_rows(rows, better, worse),
        verdict=_verdict(c, MARGINS[metric]),
    )


def _other_rows(rows: Scored, better: str, worse: str) -> float | None:
    of = [
        {seed: x for (case, seed), x in rows.logits.items() if case == c} for c in (better, worse)
    ]
    common = sorted(of[0].keys() & of[1].keys())
    first, second = ([each[seed] for seed in common] for each in of)
    estimate = auc_difference(rows.labels, first, second) if common else None
    return None if estimate is None else estimate.p


def _verdict(c: Comparison, margin: float) -> str:
    if c.is_settled:
        return "better"
    if c.paired.p_equivalent(margin) < LEVEL:
        return f"equal within {margin}"
    needed = seeds_needed(c.paired.mean, c.paired.variance)
    return "open" if needed is None else f"open; {max(needed, c.paired.n + 1):,} seeds would tell"


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


def _notes(metric: str, pairs: int, has_rows: bool) -> Iterator[str]:
    yield (
        f"difference: of {metric}, better - worse, mean over common seeds ± half width of its 95 % "
        "interval (t, variances moderated over the table)"
    )
    yield f"p: that other seeds alone make it, adjusted for {pairs} pairs (Holm); better: p < 0.05"
    if has_rows:
        yield "other users and seeds: 95 % interval when both are drawn anew (bootstrap, 1,000)"
        yield "other rows: DeLong's test for these seeds, rows taken as independent; not adjusted"
    else:
        yield "other users, other rows: not asked, as predictions or data are out of reach"
