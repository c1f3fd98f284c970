"""The expected best against every order that there could have been."""

import math
from itertools import permutations
from statistics import mean

import pytest

from fmbench.tuning import expected_best

LOSSES = [0.52, 0.61, 0.5, 0.5, 0.7, 0.49]


@pytest.mark.parametrize("budget", range(1, 7))
def test_the_expected_best_is_the_mean_over_all_orders(budget: int) -> None:
    first, *draws = LOSSES
    orders = [(first, *order) for order in permutations(draws)]
    every = mean(min(order[:budget]) for order in orders)
    assert expected_best(LOSSES, budget) == pytest.approx(every, abs=1e-12)


def test_one_trial_is_the_defaults_and_all_are_the_best() -> None:
    assert expected_best(LOSSES, 1) == 0.52
    assert expected_best(LOSSES, 6) == 0.49
    assert expected_best([0.5], 1) == 0.5


def test_trials_that_failed_never_help() -> None:
    failed = [math.inf, math.inf, 0.4]
    assert [expected_best(failed, n) for n in (1, 2, 3)] == [math.inf, math.inf, 0.4]
    assert expected_best([0.5, math.inf, 0.4], 2) == pytest.approx(0.45)


def test_a_thousand_trials_are_no_trouble() -> None:
    losses = [1 - i / 1000 for i in range(1000)]
    assert expected_best(losses, 1000) == pytest.approx(0.001)
    # The least of n among 1 to 999 is 1000 / (n + 1) on average.
    assert expected_best(losses, 500) == pytest.approx(0.001 * 1000 / 500)
