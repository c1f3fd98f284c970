"""Ties: which models of a table its seeds can tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fmbench.stats import Paired, groups, holm, moderate, pair, seeds_to_settle

LEVEL = 0.05
"""The share of tables in which a false claim is put up with."""

WORTH = 1.0
"""Degrees of freedom that the usual variance of a table weighs in that of a pair: one seed more.

Models scatter over seeds by a factor of four and more. Tables of such models with three seeds each
would make a false claim 16 % of the time were all that pairs have in common relied on, and less
than 5 % with this (benchmarks/false_alarms.py); with ten seeds it is 2 %.
"""

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


def compare(cases: Mapping[str, Values]) -> list[Comparison]:
    """Compare every pair of cases that share two seeds or more."""
    found = [
        (a, b, paired)
        for a, b in combinations(cases, 2)
        if (paired := pair(cases[a], cases[b])) is not None
    ]
    moderated = moderate([paired for *_, paired in found], WORTH)
    adjusted = holm([paired.p for paired in moderated])
    return [
        Comparison(a, b, paired, p)
        for (a, b, _), paired, p in zip(found, moderated, adjusted, strict=True)
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
