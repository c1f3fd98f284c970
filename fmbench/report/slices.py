"""Slices: how good each model is for users and items that training knows well, little, not at all.

Slices of a family part the test rows. A slice holds few rows, so what moves its numbers most is
which users are in it: its intervals are of other users and other seeds. Where the data has no user
they are of other rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import METRICS, Labels, evaluate, why_undefined
from fmbench.report.pairs import Scored
from fmbench.report.rows import Row
from fmbench.report.tables import Table
from fmbench.report.ties import LEVEL
from fmbench.stats import Influence, Interval, holm, influence, sampled

Mask = NDArray[np.bool_]

ACTIVITY = {"0 ratings": 0, "1": 1, "2 to 4": 2, "5 to 19": 5, "20 or more": 20}
"""The fewest ratings of a user in training; most users of such data have one or none."""

QUALITY = [metric.name for metric in METRICS.values() if metric.compute]

MARKED = ("auc", "logloss")
"""Metrics by which the models of a slice are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What the test rows are sliced by, each `(rows,)`."""

    rows: int
    user_ratings: NDArray[np.int64] | None
    """Training rows of the row's user; None where the data has no user."""
    item_ratings: NDArray[np.int64] | None
    """Training rows of its item; None where models do not get it."""
    times: NDArray[np.int64] | None
    """UNIX seconds; None where the data has no times."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Some of the test rows."""

    family: str
    name: str
    mask: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One case on one slice."""

    family: str
    slice: str
    rows: int
    users: int | None
    """None where the data has no user."""
    positive_share: float | None
    name: str
    case: str
    metrics: Mapping[str, Interval]
    """Means over seeds, with bounds for other users (or rows) and seeds where `influence` gives
    them."""
    undefined: Mapping[str, str]
    """Reasons by metric why it has no value."""
    best: Mapping[str, bool]
    """Whether the case is the best of the slice or tied with it, by metric; empty if no pair could
    be compared."""


def cut(traits: Traits) -> list[Slice]:
    """Return all slices: whole, warm and cold, by activity, popularity and time."""
    user, item, times = traits.user_ratings, traits.item_ratings, traits.times
    return [
        Slice("all", "all rows", np.ones(traits.rows, bool)),
        *(_seen("user", user) if user is not None else ()),
        *(_seen("item", item) if item is not None else ()),
        *(_active(user) if user is not None else ()),
        *(_equal("popularity", item, 3, _counts) if item is not None else ()),
        *(_equal("time", times, 4, _dates) if times is not None else ()),
    ]


def build_parts(table: Table, scored: Scored, traits: Traits) -> Iterator[Part]:
    """Yield each case on each slice, slice by slice, in the order of the table."""
    for each in cut(traits):
        yield from _parts(each, [row for row in table.rows if _seeds(scored, row)], scored)


def _seen(family: str, ratings: NDArray[np.int64]) -> Iterator[Slice]:
    """Cut rows into those that training knows something of, and the others."""
    yield Slice(family, f"{family} seen", ratings > 0)
    yield Slice(family, f"{family} unseen", ratings == 0)


def _active(ratings: NDArray[np.int64]) -> Iterator[Slice]:
    """Cut rows by how much training knows of their user."""
    activity = np.searchsorted(list(ACTIVITY.values()), ratings, "right") - 1
    return (Slice("activity", name, activity == i) for i, name in enumerate(ACTIVITY))


def _equal(
    family: str, values: NDArray[np.int64], n: int, name: Callable[[int, int], str]
) -> Iterator[Slice]:
    """Cut rows into n slices of the same size, as nearly as equal values stay together."""
    starts = np.unique(np.sort(values)[[len(values) * i // n for i in range(n)]])
    number = np.searchsorted(starts, values, "right")
    for i in np.unique(number):
        mask = number == i
        inside = values[mask]
        yield Slice(family, name(int(inside.min()), int(inside.max())), mask)


def _counts(low: int, high: int) -> str:
    return f"{low:,} to {high:,}"


def _dates(low: int, high: int) -> str:
    """Name a span of time by its days, or to the second where it lies within one."""
    span = np.array([low, high]).astype("datetime64[s]")
    days = np.datetime_as_string(span, unit="D")
    first, last = days if days[0] != days[1] else np.datetime_as_string(span)
    return f"{first} to {last}"


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One case on one slice, by metric."""

    values: Mapping[str, Mapping[int, float]]
    """Values by seed, where the metric is defined."""
    influence: Mapping[str, Influence | None]
    """Influence on the mean over seeds."""
    undefined: Mapping[str, str]


def _parts(each: Slice, rows: Sequence[Row], scored: Scored) -> Iterator[Part]:
    labels, drawn = scored.labels[each.mask], scored.drawn[each.mask]
    distinct, key = np.unique(drawn, return_inverse=True)
    cases = {row.case: _case(row, each.mask, labels, key, scored) for row in rows}
    best = {metric: _best(metric, cases) for metric in MARKED}
    for row in rows:
        case = cases[row.case]
        yield Part(
            family=each.family,
            slice=each.name,
            rows=len(labels),
            users=None if scored.users is None else len(distinct),
            positive_share=float(labels.mean()) if len(labels) else None,
            name=row.name,
            case=row.case,
            metrics={name: _interval(case, name) for name in case.values},
            undefined=case.undefined,
            best={metric: of[row.case] for metric, of in best.items() if row.case in of},
        )


def _case(row: Row, mask: Mask, labels: Labels, key: NDArray[np.int64], scored: Scored) -> _Case:
    values: dict[str, dict[int, float]] = {name: {} for name in QUALITY}
    influences: dict[str, list[Influence | None]] = {name: [] for name in QUALITY}
    undefined: dict[str, str] = {}
    users = None if scored.users is None else key
    for seed in _seeds(scored, row):
        logits = scored.logits[row.case, seed][mask].astype(np.float64)
        found = evaluate(labels, logits, users)
        undefined |= why_undefined(found, labels, logits, users)
        for name, value in found.items():
            if value is not None:
                values[name][seed] = value
                influences[name].append(influence(name, labels, logits, key))
    return _Case(values, {name: _mean(of) for name, of in influences.items()}, undefined)


def _seeds(scored: Scored, row: Row) -> list[int]:
    return sorted(seed for case, seed in scored.logits if case == row.case)


def _mean(influences: Sequence[Influence | None]) -> Influence | None:
    known = [each for each in influences if each is not None]
    return np.mean(known, axis=0) if known else None


def _interval(case: _Case, metric: str) -> Interval:
    values, of_users = list(case.values[metric].values()), case.influence[metric]
    if of_users is None:
        return Interval(float(np.mean(values)) if values else None, None, None, len(values))
    return sampled(values, of_users).interval


def _best(metric: str, cases: Mapping[str, _Case]) -> dict[str, bool]:
    """Tell of each case whether it is tied with the best of the slice, or is it.

    Pairs are compared over the seeds that both have, two or more, for other users (or rows) and
    other seeds.
    """
    compared: dict[frozenset[str], float] = {}
    for a, b in combinations(cases, 2):
        seeds = cases[a].values[metric].keys() & cases[b].values[metric].keys()
        of = (cases[a].influence[metric], cases[b].influence[metric])
        if len(seeds) > 1 and of[0] is not None and of[1] is not None:
            gaps = [cases[a].values[metric][s] - cases[b].values[metric][s] for s in seeds]
            compared[frozenset((a, b))] = sampled(gaps, of[0] - of[1]).p
    adjusted = dict(zip(compared, holm(list(compared.values())), strict=True))
    sign = 1 if METRICS[metric].higher_is_better else -1
    ranked = sorted(
        frozenset().union(*compared),
        key=lambda case: -sign * np.mean(list(cases[case].values[metric].values())),
    )
    return {
        case: case == ranked[0] or adjusted.get(frozenset((case, ranked[0])), 0.0) >= LEVEL
        for case in ranked
    }
