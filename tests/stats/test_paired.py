import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

from fmbench.stats import Paired, holm, moderate, pair, seeds_needed, trimmed


def by_seed(values: NDArray[np.float64]) -> dict[int, float]:
    return dict(enumerate(values.tolist()))


def scores(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    shared = random.normal(0, 0.002, n)
    return 0.79 + shared + random.normal(0, 0.001, n), 0.789 + shared + random.normal(0, 0.001, n)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_scipy_and_statsmodels_agree(n: int) -> None:
    a, b = scores(n)
    paired = pair(by_seed(a), by_seed(b))
    assert paired is not None
    test = stats.ttest_rel(a, b)
    assert paired.p == pytest.approx(test.pvalue)
    wanted = test.confidence_interval(0.95)
    assert (paired.interval.low, paired.interval.high) == pytest.approx((wanted.low, wanted.high))
    assert paired.p_equivalent(0.004) == pytest.approx(ttost_paired(a, b, -0.004, 0.004)[0])


def test_only_seeds_that_both_have_are_paired() -> None:
    paired = pair({0: 1.0, 1: 2.0, 7: 9.0}, {1: 1.0, 0: 0.5, 3: 4.0})
    assert paired is not None
    assert (paired.mean, paired.n) == (0.75, 2)
    assert pair({0: 1.0, 1: 2.0}, {1: 1.0}) is None


def test_models_that_never_differ_are_equal() -> None:
    same = pair({0: 0.5, 1: 0.6}, {0: 0.5, 1: 0.6})
    assert same is not None
    assert (same.p, same.p_equivalent(0.001)) == (1.0, 0.0)
    apart = Paired(0.1, 0.0, 3, 2.0)
    assert (apart.p, apart.p_equivalent(0.05)) == (0.0, 1.0)


def test_models_that_differ_by_a_constant_do_not_vary() -> None:
    """The mean of ten equal numbers is rounded, and what is left of them is no scatter."""
    for n in (3, 6, 7, 10, 11):
        constant = pair(dict.fromkeys(range(n), 0.7931), dict.fromkeys(range(n), 0.5))
        assert constant is not None
        assert (constant.mean, constant.variance) == (0.7931 - 0.5, 0.0)
        kept = trimmed([0.7931 - 0.5] * n)
        assert (kept.mean, kept.variance) == (0.7931 - 0.5, 0.0)
        random = np.random.default_rng(n)
        varying = [Paired(0.0, v, n, n - 1) for v in 1e-6 * random.chisquare(n - 1, 8) / (n - 1)]
        assert moderate([*varying, constant])[:8] == moderate(varying)


@pytest.mark.parametrize(("gap", "deviation"), [(0.001, 0.0012), (0.003, 0.001), (0.0005, 0.002)])
def test_seeds_needed_is_what_a_power_table_says(gap: float, deviation: float) -> None:
    exact = TTestPower().solve_power(effect_size=gap / deviation, alpha=0.05, power=0.9)
    assert seeds_needed(gap, deviation**2) == math.ceil(exact)


def test_seeds_needed_at_its_ends() -> None:
    assert seeds_needed(0, 1e-6) is None
    assert seeds_needed(1e-7, 1e-4) is None
    assert seeds_needed(0.01, 0) == 2


def simulate(models: int, seeds: int, tables: int, gap: float = 0.0) -> list[list[Paired]]:
    """Tables of models that are equal but for the first, whose mean is `gap` above the others'."""
    random = np.random.default_rng(7)
    # Models scatter unequally over seeds, as real ones do.
    deviation = np.linspace(0.0006, 0.0014, models)[:, None]
    result = []
    for _ in range(tables):
        values = random.normal(0, deviation, (models, seeds))
        values[0] += gap
        result.append(
            [
                pair(by_seed(values[i]), by_seed(values[j]))
                for i in range(models)
                for j in range(i + 1, models)
            ]
        )
    return result


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_false_claims_stay_rare_in_a_table_of_equal_models(seeds: int) -> None:
    tables = simulate(5, seeds, 600)
    wrong = sum(min(holm([pair.p for pair in moderate(table)])) < 0.05 for table in tables)
    # 5 % of 600 tables are 30; 43 is what chance exceeds once in a hundred times
    assert wrong <= 43


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_moderated_intervals_cover(seeds: int) -> None:
    pairs = [p for table in simulate(5, seeds, 600) for p in moderate(table)]
    covered = np.mean([p.interval.low <= 0 <= p.interval.high for p in pairs])
    assert 0.93 <= covered <= 0.97


def test_moderation_finds_a_planted_gap_with_ten_seeds() -> None:
    found = 0
    for table in simulate(5, 10, 300, gap=0.003):
        p = holm([pair.p for pair in moderate(table)])
        found += all(value < 0.05 for value in p[:4])  # the pairs of the first model
    assert found >= 0.9 * 300


def test_a_pair_that_never_varies_keeps_the_others_moderated() -> None:
    varying = simulate(4, 5, 1)[0]
    constant = Paired(0.1, 0.0, 5, 4.0)
    assert moderate([constant, *varying]) == [constant, *moderate(varying)] != [constant, *varying]


def test_moderation_keeps_what_it_cannot_judge() -> None:
    pairs = [Paired(0.0, 0.0, 3, 2.0), Paired(0.1, 1.0, 3, 2.0), Paired(0.1, 1.0, 3, 2.0)]
    assert moderate(pairs) == pairs
    assert moderate(pairs[1:]) == pairs[1:]
