"""Ties: which models of a table its seeds can tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fmbench.stats import Paired, contrast, groups, holm, seeds_to_settle, spreads

LEVEL = 0.05
"""The share of tables in which a false claim is put up with."""

Values = Mapping[int, float]
"""A metric by seed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cases on the same rows, seed by seed: first - second."""

    first: str
    second: str
    paired: Paired
    p: float
    """p-value, adjusted for all pairs of the table (Holm)."""

    @property
    def is_settled(self) -> bool:
        """Whether the seeds tell the two apart."""
        return self.p < LEVEL


def compare(test: Mapping[str, Values], valid: Mapping[str, Values]) -> list[Comparison]:
    """Compare every pair of cases that share two seeds or more, by a metric of the test rows.

    The same metric of the validation rows is asked how much seeds scatter, and nothing else.
    """
    cases = [case for case, values in test.items() if len(values) > 1]
    of = spreads([test[case] for case in cases], [valid.get(case, {}) for case in cases])
    spread = dict(zip(cases, of, strict=True))
    found = [
        (a, b, difference)
        for a, b in combinations(cases, 2)
        if (difference := contrast(test[a], test[b], spread[a], spread[b])) is not None
    ]
    adjusted = holm([difference.p for *_, difference in found])
    return [
        Comparison(a, b, difference, p)
        for (a, b, difference), p in zip(found, adjusted, strict=True)
    ]


def unsettled(paired: Paired, margin: float, level: float) -> str:
    """Return the verdict on a pair that no test settles, and what would settle it at a level."""
    seeds = seeds_to_settle(paired.mean, paired.variance, margin, level)
    return "open" if seeds is None else f"open; {max(seeds, paired.n + 1):,} seeds would tell"


def group(ranked: Sequence[str], comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Return each case's group, from 1 for the best; a case that was not compared has none."""
    apart = {frozenset((c.first, c.second)): c.is_settled for c in comparisons}
    compared = frozenset().union(*apart)
    best = next((case for case in ranked if case in compared), "")
    cases = [case for case in ranked if case == best or frozenset((case, best)) in apart]
    numbers = groups(cases, lambda case, leader: apart.get(frozenset((case, leader)), True))
    return dict(zip(cases, numbers, strict=True))
