"""Factorials: what each part does with and without the others, and what they do together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fmbench.ablation.effects import Results
from fmbench.ablation.expand import Cell
from fmbench.ablation.plan import Plan
from fmbench.ablation.verdict import Judged
from fmbench.stats import Paired, pair


@dataclass(frozen=True, slots=True)
class Contrast:
    """A main effect (one factor) or an interaction (several)."""

    context: str
    factors: tuple[str, ...]
    paired: Paired


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A contrast with its verdict."""

    context: str
    factors: tuple[str, ...]
    judged: Judged


def contrasts_of(plan: Plan) -> int:
    """Return how many contrasts a plan asks for in each context."""
    return (1 << len(plan.factors)) - 1


def contrasts(plan: Plan, results: Results, cells: Sequence[Cell]) -> list[Contrast]:
    """Return all contrasts of a context's two-level factorial; none unless all its cells ran.

    The effect of a factor is the mean of all cells that have it less that of those without it; of
    several, half the change that one makes to the effect of the others: Yates (1937). One number a
    seed, so that what the cells of a seed share cancels.
    """
    corners = {
        frozenset(cell.taken): results.values(cell, plan.seed_list, plan.metric)
        for cell in cells
        if cell.kind in ("base", "factorial")
    }
    if len(plan.factors) < 2 or len(corners) < 2 ** len(plan.factors):
        return []
    seeds = set.intersection(*(set(values) for values in corners.values()))
    found = []
    for size in range(1, len(plan.factors) + 1):
        for factors in combinations(plan.factors, size):
            effect = {seed: _contrast(corners, factors, seed) for seed in seeds}
            paired = pair(effect, dict.fromkeys(seeds, 0.0))
            if paired is not None:
                found.append(Contrast(cells[0].context, factors, paired))
    return found


def _contrast(
    corners: Mapping[frozenset[str], Mapping[int, float]], factors: Sequence[str], seed: int
) -> float:
    total = sum(
        -values[seed] if len(taken.intersection(factors)) % 2 else values[seed]
        for taken, values in corners.items()
    )
    return 2 * total / len(corners)
