"""The path from base to stripped: the parts of a factorial taken away one after another.

At each step goes the part that is missed least, by validation rows; what a part costs hangs on what
is gone already. Fawcett and Hoos, "Analysing Differences between Algorithm Configurations through
Ablation", 2016.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmbench.ablation.effects import Results, difference, interval
from fmbench.ablation.expand import Cell
from fmbench.ablation.plan import Plan
from fmbench.metrics import METRICS
from fmbench.stats import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One cell of the path."""

    context: str
    cell: str
    part: str
    """Part that is taken away here; empty for the base."""
    value: Interval
    change: Interval | None
    """Change since the step before, over common seeds."""


def path(plan: Plan, results: Results, cells: Sequence[Cell]) -> list[Step]:
    """Return the steps of a context, the base first; none unless every cell on the way ran."""
    corners = {frozenset(c.taken): c for c in cells if c.kind in ("base", "factorial")}
    seeds, metric = plan.seed_list, plan.metric
    sign = 1 if METRICS[metric].higher_is_better else -1
    valid = {
        taken: sign * mean
        for taken, cell in corners.items()
        if (mean := results.mean(cell, seeds, metric, "valid")) is not None
    }
    if len(plan.factors) < 2 or len(valid) < 2 ** len(plan.factors):
        return []
    steps = [_step(plan, results, corners, frozenset(), "")]
    taken: frozenset[str] = frozenset()
    while len(taken) < len(plan.factors):
        left = [part for part in plan.factors if part not in taken]
        part = max(left, key=lambda part: valid[taken | {part}])
        taken |= {part}
        steps.append(_step(plan, results, corners, taken, part))
    return steps


def _step(
    plan: Plan,
    results: Results,
    corners: Mapping[frozenset[str], Cell],
    taken: frozenset[str],
    part: str,
) -> Step:
    cell = corners[taken]
    paired = (
        difference(results, cell, corners[taken - {part}], plan.seed_list, plan.metric)
        if part
        else None
    )
    return Step(
        context=cell.context,
        cell=cell.name,
        part=part,
        value=interval(results, cell, plan.seed_list, plan.metric),
        change=None if paired is None else paired.interval,
    )
