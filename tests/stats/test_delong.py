import numpy as np
import pytest
from MLstatkit import Delong_test
from numpy.typing import NDArray

from fmbench.metrics import auc
from fmbench.stats import auc_difference, auc_error


def rows(seed: int, n: int = 200, *, ties: bool = False) -> tuple[NDArray[np.bool_], ...]:
    random = np.random.default_rng(seed)
    labels = random.random(n) < 0.6
    first = random.normal(size=n) + labels
    second = 0.7 * first + random.normal(size=n)
    return labels, *((np.round(x, 1) if ties else x) for x in (first, second))


def brute_force(labels: NDArray[np.bool_], first: NDArray, second: NDArray) -> tuple[float, float]:
    """DeLong's structural components as the paper defines them, pair by pair."""

    def components(scores: NDArray) -> tuple[list[float], list[float]]:
        positive, negative = scores[labels], scores[~labels]
        wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        return wins.mean(1), wins.mean(0)

    (a10, a01), (b10, b01) = components(first), components(second)
    m, n = len(a10), len(a01)
    s10, s01 = np.cov(a10, b10), np.cov(a01, b01)
    contrast = np.array([1, -1])
    variance = contrast @ (s10 / m + s01 / n) @ contrast
    return a10.mean() - b10.mean(), variance**0.5


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_paper_s_formula(seed: int, ties: bool) -> None:
    labels, first, second = rows(seed, ties=ties)
    estimate = auc_difference(labels, [first], [second])
    assert estimate is not None
    assert (estimate.value, estimate.error) == pytest.approx(brute_force(labels, first, second))
    assert estimate.value == pytest.approx(auc(labels, first) - auc(labels, second))


@pytest.mark.parametrize("seed", range(3))
def test_an_independent_implementation_agrees(seed: int) -> None:
    labels, first, second = rows(seed)
    estimate = auc_difference(labels, [first], [second])
    assert estimate is not None
    z, _ = Delong_test(labels.astype(int), first, second)[:2]
    assert abs(estimate.value / estimate.error) == pytest.approx(abs(float(z)), rel=1e-6)


def test_the_error_is_how_far_other_rows_move_it() -> None:
    drawn = [auc_difference(y, [a], [b]) for y, a, b in (rows(seed, 400) for seed in range(1_000))]
    values = np.array([e.value for e in drawn if e])
    errors = np.array([e.error for e in drawn if e])
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.06)
    low, high = values - 1.96 * errors, values + 1.96 * errors
    truth = values.mean()
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97


def test_one_model_alone() -> None:
    labels, first, _ = rows(0, 5_000)
    estimate = auc_error(labels, first)
    assert estimate is not None
    assert estimate.value == pytest.approx(auc(labels, first))
    # Hanley and McNeil (1982) for scores that are normal in either class
    a, m, n = estimate.value, labels.sum(), (~labels).sum()
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    rough = ((a * (1 - a) + (m - 1) * (q1 - a**2) + (n - 1) * (q2 - a**2)) / (m * n)) ** 0.5
    assert estimate.error == pytest.approx(rough, rel=0.05)


def test_a_class_with_one_row_has_no_error() -> None:
    assert (
        auc_difference(np.array([True, False, False]), [np.arange(3.0)], [np.arange(3.0)]) is None
    )


def test_seeds_are_averaged_as_aucs_and_not_as_scores() -> None:
    labels, first, second = rows(3)
    other = rows(4)[1]
    estimate = auc_difference(labels, [first, other], [second, second])
    assert estimate is not None
    mean = (auc(labels, first) + auc(labels, other)) / 2
    assert estimate.value == pytest.approx(mean - auc(labels, second))
