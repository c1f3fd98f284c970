"""Judging what seeds scatter: paired differences, moderated by what is known of the scatter."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, replace

import numpy as np

from fmbench.gate.gates import Gate
from fmbench.gate.speed import Noise
from fmbench.gate.verdict import Verdict
from fmbench.stats import Paired, holm, moderate, seeds_needed, trimmed
from fmbench.stats.paired import MOST_SEEDS

LEVEL = 0.005
"""The share of whole checks that may call a regression where there is none, and so for gains: half
of the one percent that is promised, so that a few hundred checks can show it."""

TOO_GOOD_SPREADS, TOO_GOOD_DROPS = 5, 10
"""A gain of so many standard deviations of a seed, and of so many times what matters, is more
often a leak than a better model."""

USUAL_SEEDS = 10

DISAGREES = 0.01
"""The p-value by which seeds scatter more than is known of them, so that what is known is void."""

Values = Mapping[int, float]
"""A metric by seed."""

Known = Mapping[tuple[str, str], Noise]
"""How single seeds scatter, by case and metric, from runs that are no part of the check."""


@dataclass(frozen=True, slots=True)
class Question:
    """The question whether one metric of one cell changed."""

    gate: Gate
    base: Values
    new: Values
    known: Noise | None = None
    """How single seeds of this cell scatter, from other runs."""

    @property
    def is_common(self) -> bool:
        """Whether both sides ran two seeds or more that are the same ones."""
        return len(self.base.keys() & self.new.keys()) >= 2

    def aligned(self) -> tuple[list[float], list[float]]:
        """Return what is compared with what, base and new, one of each a seed.

        Runs without common seeds are paired in the order of their seeds, which is as good as any
        other order that is fixed beforehand.
        """
        if self.is_common:
            seeds = sorted(self.base.keys() & self.new.keys())
            return [self.base[seed] for seed in seeds], [self.new[seed] for seed in seeds]
        n = min(len(self.base), len(self.new))
        base, new = ([arm[seed] for seed in sorted(arm)][:n] for arm in (self.base, self.new))
        return base, new

    def paired(self) -> Paired | None:
        """Return new - base; None where that is less than two seeds.

        A seed that stopped too early is far worse than others, on either side: the mean is trimmed.
        """
        base, new = self.aligned()
        return trimmed(np.subtract(new, base).tolist()) if len(base) > 1 else None

    def spread(self) -> Paired | None:
        """Return how far single seeds scatter within base and within new, as one variance.

        What is known of it counts too, unless these seeds scatter more.
        """
        from scipy.special import fdtrc

        arms = [trimmed([*arm.values()]) for arm in (self.base, self.new) if len(arm) > 1]
        freedom = sum(arm.freedom for arm in arms)
        if not freedom:
            return None
        variance = sum(arm.freedom * arm.variance for arm in arms) / freedom
        known = self.known
        if known and fdtrc(freedom, known.freedom, variance / known.variance) > DISAGREES:
            whole = freedom + known.freedom
            variance = (freedom * variance + known.freedom * known.variance) / whole
            return Paired(0.0, variance, round(whole) + 1, whole)
        return Paired(0.0, variance, round(freedom) + 1, freedom)


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, the numbers that it rests on, and its reason in words."""

    verdict: Verdict
    paired: Paired | None
    why: str


def judge(questions: Sequence[Question]) -> list[Answer]:
    """Answer all questions of one check, so that one check in a hundred cries wolf at most.

    Each mean difference is held against Student's distribution, one-sided, its variance moderated;
    the p-values are Holm's over the whole check. What is then significant must also be large enough
    to matter.
    """
    moderated = _moderate(questions)
    asked = [
        (question, paired)
        for question, paired in zip(questions, moderated, strict=True)
        if paired is not None
    ]
    p_worse = iter(holm([_p_one_sided(paired, -_sign(q.gate)) for q, paired in asked]))
    p_better = iter(holm([_p_one_sided(paired, _sign(q.gate)) for q, paired in asked]))
    return [
        _too_few()
        if paired is None
        else _answer(question, paired, next(p_worse), next(p_better), len(asked))
        for question, paired in zip(questions, moderated, strict=True)
    ]


def over_seeds(n: int, base: Sized, *, is_common: bool = True) -> str:
    """Say how many seeds were compared, and that there could have been more."""
    if not is_common:
        return f"{n} pairs of different seeds"
    if n < len(base):
        return f"{n} of the {len(base)} seeds of the base"
    return f"{n} common seed{'s' * (n != 1)}"


def _moderate(questions: Sequence[Question]) -> list[Paired | None]:
    """Return each question's difference with a variance that knows more than its few seeds.

    Cells scatter by an order of magnitude more or less than others, so what they share is how much
    pairing leaves of a seed's own spread: the ratio of the two variances is moderated over the
    cells of a metric. The spread is itself estimated, and no more is known than it knows. Different
    seeds share nothing, and the ratio is known to be 2.
    """
    found = [question.paired() for question in questions]
    spreads = [question.spread() for question in questions]
    by_metric: dict[str, list[int]] = defaultdict(list)
    for i, (paired, spread) in enumerate(zip(found, spreads, strict=True)):
        if not paired or not spread or not paired.variance or not spread.variance:
            continue
        if not questions[i].is_common:
            found[i] = replace(paired, variance=2 * spread.variance, freedom=spread.freedom)
        else:
            by_metric[questions[i].gate.metric].append(i)
    for group in by_metric.values():
        pairs = [(paired, spread) for i in group if (paired := found[i]) and (spread := spreads[i])]
        ratios = moderate([replace(p, variance=p.variance / s.variance) for p, s in pairs])
        for i, (own, spread), ratio in zip(group, pairs, ratios, strict=True):
            found[i] = replace(
                own,
                variance=ratio.variance * spread.variance,
                freedom=min(ratio.freedom, max(own.freedom, spread.freedom)),
            )
    return found


def _sign(gate: Gate) -> int:
    """Return the sign of a gain."""
    return 1 if gate.higher_is_better else -1


def _p_one_sided(paired: Paired, sign: int) -> float:
    """Return the p-value against "the true difference is not of this sign"."""
    return paired.p / 2 if paired.mean * sign > 0 else 1 - paired.p / 2


def _answer(
    question: Question, paired: Paired, p_worse: float, p_better: float, family: int
) -> Answer:
    gate = question.gate
    gain = _sign(gate) * paired.mean
    over = over_seeds(paired.n, question.base, is_common=question.is_common)
    drop, margin = gate.sizes(*map(statistics.fmean, question.aligned()))
    if gain <= -drop and p_worse < LEVEL:
        return Answer("REGRESSED", paired, f"worse on {over}, p {_p(p_worse)}")
    if gain >= drop and p_better < LEVEL:
        why = f"better on {over}, p {_p(p_better)}{too_good(question)}"
        return Answer("IMPROVED", paired, why)
    interval = paired.interval
    assert interval.low is not None and interval.high is not None
    if -margin < interval.low and interval.high < margin:
        return Answer("EQUIVALENT", paired, f"within {margin:.2g} on {over}")
    needed = _needed(paired, drop, margin, family)
    return Answer("INCONCLUSIVE", paired, f"{over} leave it open; {needed}")


def _needed(paired: Paired, drop: float, margin: float, family: int) -> str:
    """Say how many seeds show the change, or show that there is none, whichever is sooner."""
    gap = abs(paired.mean)
    ways = []
    if gap >= drop:
        ways.append(seeds_needed(gap, paired.variance, level=2 * LEVEL / family))
    if gap < margin:
        ways.append(seeds_needed(margin - gap, paired.variance))
    counts = [max(way, paired.n + 1) for way in ways if way is not None]
    if not counts:
        return f"more than {MOST_SEEDS:,} seeds would settle it"
    return f"about {min(counts):,} seeds would settle it"


def _too_few() -> Answer:
    """Answer where no two seeds can be paired: one difference says nothing of its own error."""
    why = f"1 seed to compare; expected 2 or more, about {USUAL_SEEDS} seeds would settle it"
    return Answer("INCONCLUSIVE", None, why)


def too_good(question: Question) -> str:
    """Point out a gain that is more often a leak; return nothing of any other gain."""
    base, new = (statistics.fmean(arm) for arm in question.aligned())
    drop, _ = question.gate.sizes(base, new)
    gain, spread = _sign(question.gate) * (new - base), question.spread()
    if spread is None or gain <= TOO_GOOD_DROPS * drop:
        return ""
    many = gain / spread.variance**0.5 if spread.variance else float("inf")
    if many <= TOO_GOOD_SPREADS:
        return ""
    return f"; TOO GOOD to be true? {many:.0f} standard deviations of a seed: look for a leak"


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"= {value:.4f}"
