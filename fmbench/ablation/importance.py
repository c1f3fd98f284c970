"""Importance of fields, by training without them and by shuffling them: two different questions.

What a model loses without a field, having learnt to do without it, is what the field knows that
the others do not. What it loses when the field's values are shuffled among the test rows is how
much it leans on it. A field that another can stand in for has little of the first and much of the
second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fmbench.ablation.effects import Effect, Results
from fmbench.ablation.expand import Cell
from fmbench.ablation.plan import Plan
from fmbench.stats import Interval, t_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """AUC that a field is worth."""

    context: str
    field: str
    retrained: Interval
    """Base - without the field."""
    shuffled: Interval
    """Base - base with the field's values shuffled among the test rows."""
    verdict: str
    """Verdict on the retrained one."""


def importance(
    plan: Plan, results: Results, cells: Sequence[Cell], effects: Sequence[Effect]
) -> list[Importance]:
    """Return the fields of a context that the plan leaves out, the most important first."""
    base = next(cell for cell in cells if cell.kind == "base")
    records = results.ok(base, plan.seed_list)
    found = [
        Importance(
            context=base.context,
            field=effect.of,
            retrained=_mirrored(effect.judged.paired.interval),
            shuffled=t_interval(record.shuffled.get(effect.of) for record in records),
            verdict=effect.judged.verdict,
        )
        for effect in effects
        if effect.kind == "without" and effect.context == base.context and effect.judged
    ]
    return sorted(found, key=lambda each: -(each.retrained.mean or 0.0))


def agreement(found: Sequence[Importance]) -> float | None:
    """Return the rank correlation of the two (Spearman, 1904); None below three values."""
    from scipy.stats import spearmanr

    both = [
        (each.retrained.mean, each.shuffled.mean)
        for each in found
        if each.retrained.mean is not None and each.shuffled.mean is not None
    ]
    retrained, shuffled = ([pair[i] for pair in both] for i in (0, 1))
    if min(len({*retrained}), len({*shuffled})) < 3:
        return None
    return float(spearmanr(retrained, shuffled).statistic)


def _mirrored(interval: Interval) -> Interval:
    mean, low, high = (
        None if x is None else -x for x in (interval.mean, interval.low, interval.high)
    )
    return Interval(mean, high, low, interval.n)
