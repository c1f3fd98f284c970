"""Effects: each variant against the base of its context, seed by seed, and what it costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from fmbench.ablation.expand import Cell, Kind
from fmbench.ablation.verdict import Judged
from fmbench.measured import measured
from fmbench.metrics import METRICS, Labels
from fmbench.record import Record
from fmbench.stats import Interval, Paired, auc_difference, pair, t_interval

FAMILY: tuple[Kind, ...] = ("variant", "control", "without", "only")
"""Kinds that a planned test compares with the base; levels of a sweep are explored."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The test rows of a context and what each case said of them."""

    labels: Labels
    logits: Mapping[tuple[str, int], NDArray[np.float32]]
    """`(rows,)` by case and seed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a cell, as multiples of the base's."""

    parameters: int | None
    parameters_ratio: float | None
    time_ratio: float | None
    """Seconds of fitting a training row, median epoch after the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A variant and its base."""

    context: str
    name: str
    kind: Kind
    of: str
    """The variant that a control is of, or the field that is left out or alone."""
    value: Interval
    """The metric over seeds."""
    judged: Judged | None
    """The verdict on it; None where fewer than two seeds have both."""
    share: float | None
    """Effect as a share of the gap from floor to best cell, which validation rows choose."""
    rows_p: float | None
    """DeLong's p-value: would other test rows alone make it, for these seeds? AUC only, not
    adjusted."""
    logloss: Interval | None
    """The difference in logloss, for whoever needs probabilities."""
    cost: Cost
    failures: int
    """Number of seeds that came to no result."""


class Results:
    """Records by cell, and what is read off them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_case: dict[str, dict[int, Record]] = {}
        for record in records:
            self._by_case.setdefault(record.spec.case, {})[record.spec.seed] = record

    def ok(self, cell: Cell, seeds: Sequence[int]) -> list[Record]:
        """Return the records of a cell that came to a result."""
        found = self._by_case.get(cell.spec.case, {})
        return [found[seed] for seed in seeds if seed in found and found[seed].status == "ok"]

    def values(
        self, cell: Cell, seeds: Sequence[int], metric: str, part: str = "test"
    ) -> dict[int, float]:
        """Return a metric by seed, where it is defined."""
        values = {r.spec.seed: r.metrics.get(part, {}).get(metric) for r in self.ok(cell, seeds)}
        return {seed: value for seed, value in values.items() if value is not None}

    def mean(
        self, cell: Cell, seeds: Sequence[int], metric: str, part: str = "test"
    ) -> float | None:
        """Return the mean of a metric over seeds; None where it has no value."""
        values = self.values(cell, seeds, metric, part)
        return fmean(values.values()) if values else None


def difference(
    results: Results, cell: Cell, base: Cell, seeds: Sequence[int], metric: str
) -> Paired | None:
    """Return cell - base over common seeds; None if those are fewer than two."""
    return pair(results.values(cell, seeds, metric), results.values(base, seeds, metric))


def gap(results: Results, cells: Sequence[Cell], seeds: Sequence[int], metric: str) -> float | None:
    """Return the metric of a context's best cell less that of its floor, on the test rows.

    The best is chosen by validation rows; a sweep's cells may be it, too.
    """
    sign = 1 if METRICS[metric].higher_is_better else -1
    known = [
        (sign * valid, -place)
        for place, cell in enumerate(cells)
        if (valid := results.mean(cell, seeds, metric, "valid")) is not None
    ]
    floors = [cell for kind in ("floor", "base") for cell in cells if cell.kind == kind]
    if not floors or not known:
        return None
    best = cells[-max(known)[1]]
    top, bottom = (results.mean(cell, seeds, metric) for cell in (best, floors[0]))
    if top is None or bottom is None or sign * (top - bottom) <= 0:
        return None
    return top - bottom


def cost(results: Results, cell: Cell, base: Cell, seeds: Sequence[int]) -> Cost:
    """Return what a cell costs beside its base."""
    own, other = (_cost(results.ok(each, seeds)) for each in (cell, base))
    return Cost(own[0], _ratio(own[0], other[0]), _ratio(own[1], other[1]))


def rows_p(rows: Scored, cell: Cell, base: Cell, seeds: Sequence[int]) -> float | None:
    """Return whether other rows alone would make a difference in AUC as large as this."""
    both = [
        seed
        for seed in seeds
        if all((each.spec.case, seed) in rows.logits for each in (cell, base))
    ]
    if not both:
        return None
    first, second = ([rows.logits[each.spec.case, seed] for seed in both] for each in (cell, base))
    estimate = auc_difference(rows.labels, first, second)
    return None if estimate is None else estimate.p


def interval(results: Results, cell: Cell, seeds: Sequence[int], metric: str) -> Interval:
    """Return a cell's metric over seeds."""
    return t_interval(results.values(cell, seeds, metric).values())


def _cost(records: Sequence[Record]) -> tuple[int | None, float | None]:
    """Return parameters and seconds a training row."""
    speeds = [x for r in records if (x := measured(r)["train_samples_per_s"]) is not None]
    parameters = next((r.parameters for r in records if r.parameters is not None), None)
    return parameters, 1 / float(np.median(speeds)) if speeds else None


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None
