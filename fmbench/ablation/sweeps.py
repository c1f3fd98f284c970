"""Sweeps: a metric over the levels of one setting; the level is chosen on validation rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmbench.ablation.effects import Cost, Results, cost, difference, interval
from fmbench.ablation.expand import Cell, written
from fmbench.ablation.plan import Plan
from fmbench.metrics import METRICS
from fmbench.stats import Interval, benjamini_hochberg


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One value of the setting."""

    value: str
    valid: float | None
    """The mean over seeds on validation rows, by which a level is chosen."""
    test: Interval
    difference: Interval | None
    """Level - base on test rows; None for the base's own value."""
    p: float | None
    """p-value: would seeds alone make it? (Benjamini and Hochberg over the sweep)."""
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The response to one setting in one context."""

    context: str
    key: str
    levels: Sequence[Level]
    chosen: int | None
    """The place of the level that is best on validation rows."""


def curves(plan: Plan, results: Results, cells: Sequence[Cell]) -> list[Curve]:
    """Return the response curves of a context's sweeps."""
    return [_curve(plan, results, cells, key) for key in plan.sweeps]


def _curve(plan: Plan, results: Results, cells: Sequence[Cell], key: str) -> Curve:
    base = next(cell for cell in cells if cell.kind == "base")
    swept = sorted(
        (cell for cell in cells if cell.kind == "sweep" and cell.of == key),
        key=lambda cell: cell.level,
    )
    seeds, metric = plan.seed_list, plan.metric
    found = [
        None if cell.spec.case == base.spec.case else difference(results, cell, base, seeds, metric)
        for cell in swept
    ]
    adjusted = iter(benjamini_hochberg([paired.p for paired in found if paired is not None]))
    levels = [
        Level(
            value=written(plan.sweeps[key][cell.level]),
            valid=results.mean(cell, seeds, metric, "valid"),
            test=interval(results, cell, seeds, metric),
            difference=None if paired is None else paired.interval,
            p=None if paired is None else next(adjusted),
            cost=cost(results, cell, base, seeds),
        )
        for cell, paired in zip(swept, found, strict=True)
    ]
    return Curve(context=base.context, key=key, levels=levels, chosen=_best(levels, metric))


def _best(levels: Sequence[Level], metric: str) -> int | None:
    sign = 1 if METRICS[metric].higher_is_better else -1
    known = [(sign * level.valid, -i) for i, level in enumerate(levels) if level.valid is not None]
    return -max(known)[1] if known else None
