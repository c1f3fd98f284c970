"""Verdicts: is a part needed, not needed, harmful, or have too few seeds been asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmbench.report.ties import unsettled
from fmbench.stats import Paired, holm

LEVEL = 0.05
"""The share of plans in which any false claim is put up with, of each of the two kinds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A difference from the base, and what it is worth among all that its plan asks."""

    paired: Paired
    """Variant - base; for a contrast, present - taken away."""
    p: float
    """p-value: would seeds alone make it? (Holm over the family)."""
    p_equivalent: float
    """p-value: could it be as large as the margin? (Two one-sided tests, Holm.)"""
    verdict: str


def judge(family: Sequence[Paired], margin: float, good: Sequence[int], asked: int) -> list[Judged]:
    """Return a verdict for every question of a plan.

    Args:
        family: The differences.
        margin: What is as good as no difference.
        good: For each difference 1 where its part shows its worth by being above 0, else -1.
        asked: How many questions the plan has, those without an answer included.
    """
    open_ = [1.0] * (asked - len(family))
    different = holm([*(paired.p for paired in family), *open_])
    equivalent = holm([*(paired.p_equivalent(margin) for paired in family), *open_])
    return [
        Judged(paired, p, q, _verdict(paired, p, q, margin, sign, asked))
        for paired, p, q, sign in zip(family, different, equivalent, good, strict=False)
    ]


def _verdict(paired: Paired, p: float, q: float, margin: float, sign: int, size: int) -> str:
    """Put what the tests say into a word; what is surely small is not needed, however sure."""
    if q < LEVEL:
        return "not needed"
    if p < LEVEL:
        return "needed" if sign * paired.mean > 0 else "harmful"
    return unsettled(paired, margin, LEVEL / size)
