import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from fmbench.stats import contrast, holm, spreads
from fmbench.stats.spread import FEWEST, Spread

Values = NDArray[np.float64]

CORRELATION = 0.5
"""What the test and validation AUC of a seed have in common in the committed results."""


def by_seed(values: Values) -> dict[int, float]:
    return dict(enumerate(values.tolist()))


def draw(random: np.random.Generator, deviation: Values, seeds: int) -> tuple[Values, Values]:
    """Return what equal models say on test and validation rows, `(models, seeds)` each."""
    shape = len(deviation), seeds
    test = random.normal(0, 1, shape)
    rest = np.sqrt(1 - CORRELATION**2) * random.normal(0, 1, shape)
    # Readings are not of one scale: that of validation rows is smaller, and not for all alike.
    scale = 0.8 * np.exp(random.normal(0, 0.33, len(deviation)))
    return (
        test * deviation[:, None],
        (CORRELATION * test + rest) * (deviation * scale)[:, None],
    )


def p_values(test: Values, valid: Values) -> list[float]:
    of_test, of_valid = ([by_seed(values) for values in of] for of in (test, valid))
    known = list(zip(of_test, spreads(of_test, of_valid), strict=True))
    found = [
        contrast(a, b, of_a, of_b) for (a, of_a), (b, of_b) in itertools.combinations(known, 2)
    ]
    return holm([each.p for each in found if each is not None])


def test_two_models_are_compared_as_scipy_compares_them() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(0.79, 0.001, 5), random.normal(0.789, 0.003, 5)
    first, second = by_seed(a), by_seed(b)
    found = contrast(first, second, *spreads([first, second], [first, second]))
    assert found is not None
    test = stats.ttest_ind(a, b, equal_var=False)
    wanted = test.confidence_interval(0.95)
    assert (found.p, found.freedom) == pytest.approx((test.pvalue, test.df))
    assert (found.interval.low, found.interval.high) == pytest.approx((wanted.low, wanted.high))
    assert found.interval.n == 5


def test_only_seeds_that_both_have_are_compared_and_all_tell_of_scatter() -> None:
    first, second = {0: 1.0, 1: 2.0, 7: 9.0}, {1: 1.0, 0: 0.5, 3: 4.0}
    known = spreads([first, second], [{}, {}])
    assert known == [Spread(19.0, 2.0), Spread(pytest.approx(np.var([1, 0.5, 4], ddof=1)), 2.0)]
    found = contrast(first, second, *known)
    assert found is not None
    assert (found.mean, found.n) == (0.75, 2)
    assert contrast({0: 1.0, 1: 2.0}, {1: 1.0}, *known) is None


def test_a_difference_that_is_the_same_with_every_seed_is_certain() -> None:
    first = {0: 0.5, 1: 0.6, 2: 0.8}
    shifted = {seed: value + 0.25 for seed, value in first.items()}
    for second, p in ((first, 1.0), (shifted, 0.0)):
        found = contrast(first, second, *spreads([first, second], [{}, {}]))
        assert found is not None
        assert (found.variance, found.p) == (0.0, p)


def test_few_models_say_nothing_of_one_another() -> None:
    random = np.random.default_rng(1)
    test, valid = draw(random, np.ones(FEWEST), 3)
    values, seconds = ([by_seed(each) for each in of] for of in (test, valid))
    few = spreads(values[1:], seconds[1:])
    assert [each.freedom for each in few] == [2.0] * (FEWEST - 1)
    assert [each.variance for each in few] == pytest.approx(test[1:].var(axis=1, ddof=1))
    assert all(each.freedom > 3 for each in spreads(values, seconds))
    assert [each.freedom for each in spreads(values, [{}] * FEWEST)] == [3.0] * FEWEST


def test_a_second_reading_is_worth_what_it_adds() -> None:
    """The same values again add nothing; others of the same scale double what is known."""
    random = np.random.default_rng(2)
    test, other = random.normal(0, 1, (400, 3)), random.normal(0, 7, (400, 3))
    values = [by_seed(each) for each in test]
    again = spreads(values, [by_seed(each) for each in 5 * test])
    assert [each.freedom for each in again] == pytest.approx([3.0] * 400)
    assert [each.variance for each in again] == [
        pytest.approx(each.variance) for each in spreads(values, [{}] * 400)
    ]
    more = spreads(values, [by_seed(each) for each in other])
    assert [each.freedom for each in more] == pytest.approx([5.0] * 400, abs=0.1)
    scatter = [np.var([each.variance for each in of]) for of in (more, again)]
    assert scatter[0] < 0.8 * scatter[1]


def test_a_model_that_never_varies_stays_and_says_nothing() -> None:
    random = np.random.default_rng(3)
    test, valid = draw(random, np.ones(6), 3)
    values, seconds = ([by_seed(each) for each in of] for of in (test, valid))
    constant = dict.fromkeys(range(3), 0.7931)
    found = spreads([constant, *values], [constant, *seconds])
    assert found == [Spread(0.0, 2.0), *spreads(values, seconds)]


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
@pytest.mark.parametrize(
    "deviation",
    [[1, 1, 1, 1, 1], [1, 4, 1, 1, 1], [5, 5, 5, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8]],
)
def test_false_claims_stay_rare_among_equal_models(deviation: list[float], seeds: int) -> None:
    random = np.random.default_rng(7)
    tables = (draw(random, np.array(deviation, float), seeds) for _ in range(400))
    wrong = sum(min(p_values(*table)) < 0.05 for table in tables)
    # 5 % of 400 tables are 20; 31 is what chance exceeds once in a hundred times
    assert wrong <= 31


def test_three_seeds_find_a_gap_of_ten_deviations() -> None:
    """Seed by seed, with two degrees of freedom, they find it in one table of five."""
    random = np.random.default_rng(8)
    found = {"table": 0, "by seed": 0}
    for _ in range(200):
        test, valid = draw(random, np.ones(8), 3)
        test[0] += 10
        found["table"] += max(p_values(test, valid)[:7]) < 0.05
        pairs = itertools.combinations(test, 2)
        found["by seed"] += max(holm([stats.ttest_rel(a, b).pvalue for a, b in pairs])[:7]) < 0.05
    assert found["table"] > 190
    assert found["by seed"] < 40
