"""What the verdicts are worth: drawn plans whose truth is known.

Ten seeds, twelve variants that share their base's seeds and scatter unequally around it: the
standard deviation of a seed's difference is 0.0005 to 0.0008. How much a verdict of "not needed"
takes hangs on it: at 0.0011, twice as many seeds are needed for what ten tell here.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from fmbench.ablation.analysis import judge_all
from fmbench.ablation.plan import build_plan
from fmbench.ablation.verdict import Judged
from fmbench.stats import Paired, pair

SEEDS, VARIANTS = 10, 12
DEVIATION = np.linspace(0.0003, 0.0007, VARIANTS)
PLAN = build_plan(
    {"name": "p", "question": "?", "base": {"model": "fm"}, "variants": {"x": {"model": "lr"}}}
)


def draws(plans: int, truth: np.ndarray, seed: int) -> Iterator[list[Paired]]:
    random = np.random.default_rng(seed)
    for _ in range(plans):
        base = 0.79 + random.normal(0, 0.0004, SEEDS)
        values = 0.79 + truth[:, None] + random.normal(0, DEVIATION[:, None], (VARIANTS, SEEDS))
        by_seed = dict(enumerate(base.tolist()))
        found = [pair(dict(enumerate(row.tolist())), by_seed) for row in values]
        yield [paired for paired in found if paired is not None]


def judged(plans: int, truth: np.ndarray, seed: int) -> list[list[Judged]]:
    return [judge_all(PLAN, known, [], VARIANTS) for known in draws(plans, truth, seed)]


def test_false_claims_of_a_difference_stay_rare() -> None:
    found = judged(600, np.zeros(VARIANTS), 1)
    wrong = sum(any(each.p < 0.05 for each in plan) for plan in found)
    print(f"false differences in {wrong} of {len(found)} plans")
    assert wrong <= 43  # 5 % are 30; chance exceeds 43 once in a hundred times


def test_false_claims_of_equivalence_stay_rare() -> None:
    truth = np.where(np.arange(VARIANTS) % 2, PLAN.margin, -PLAN.margin)
    found = judged(600, truth, 2)
    wrong = sum(any(each.p_equivalent < 0.05 for each in plan) for plan in found)
    print(f"false equivalence in {wrong} of {len(found)} plans")
    assert wrong <= 43


def test_intervals_cover() -> None:
    truth = np.linspace(-0.003, 0.003, VARIANTS)
    covered = [
        each.paired.interval.low <= true <= each.paired.interval.high
        for plan in judged(600, truth, 3)
        for each, true in zip(plan, truth, strict=True)
        if each.paired.interval.low is not None and each.paired.interval.high is not None
    ]
    print(f"{len(covered)} intervals cover {np.mean(covered):.4f}")
    assert 0.94 <= np.mean(covered) <= 0.96


@pytest.mark.parametrize(
    ("true", "verdict", "least"), [(-0.003, "needed", 0.95), (0.0, "not needed", 0.9)]
)
def test_planted_parts_are_found(true: float, verdict: str, least: float) -> None:
    truth = np.where(np.arange(VARIANTS) < VARIANTS // 2, true, -0.0015)
    found = [each.verdict for plan in judged(100, truth, 4) for each in plan[: VARIANTS // 2]]
    share = found.count(verdict) / len(found)
    print(f"{true:+.3f}: {share:.3f} of {len(found)} {verdict}")
    assert share >= least


def test_seeds_that_would_tell_do() -> None:
    truth = np.full(VARIANTS, -0.0012)
    verdicts = [each.verdict for plan in judged(20, truth, 5) for each in plan]
    told = [int(v.split()[1].replace(",", "")) for v in verdicts if v.startswith("open; ")]
    assert told
    assert all(n > SEEDS for n in told)
