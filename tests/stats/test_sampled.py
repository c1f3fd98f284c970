"""A mean over seeds with the error of other users and other seeds, and what its interval covers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench.metrics import METRICS
from fmbench.stats import influence, sampled


def test_both_variances_count() -> None:
    of_users = np.array([0.3, -0.1, -0.2] * 10)
    values = [0.7, 0.8, 0.9]
    found = sampled(values, of_users)
    users = of_users @ of_users * 30 / 29
    assert found.mean == pytest.approx(0.8)
    assert found.error == pytest.approx(np.sqrt(users + 0.01 / 3))
    assert sampled([0.8], of_users).error == pytest.approx(np.sqrt(users))
    assert sampled([0.8], of_users).freedom == 29
    assert sampled(values, 0 * of_users).freedom == pytest.approx(2)


def test_the_interval_ends_where_p_is_five_percent() -> None:
    found = sampled([0.7, 0.8, 0.9], np.array([0.3, -0.1, -0.2] * 10))
    half = found.interval.half_width
    assert half is not None
    assert sampled([half - 0.1, half, half + 0.1], np.array([0.3, -0.1, -0.2] * 10)).p == (
        pytest.approx(0.05)
    )
    assert sampled([0.0, 0.0], np.zeros(3)).p == 1
    assert sampled([0.1, 0.1], np.zeros(3)).p == 0


Drawn = tuple[NDArray[np.bool_], list[NDArray[np.float64]], NDArray[np.int64]]


def draw(random: np.random.Generator, users: int, noises: NDArray[np.float64]) -> Drawn:
    """Draw users with tastes and one to six rows each, and seeds that are good or not so good."""
    user = np.repeat(np.arange(users), random.integers(1, 7, users))
    taste = random.normal(0.7, 1, users)[user] + random.normal(0, 1, len(user))
    labels = random.random(len(user)) < 1 / (1 + np.exp(-taste))
    return labels, [taste + noise * random.normal(size=len(user)) for noise in noises], user


def coverage(metric: str, repeats: int, seeds: int) -> float:
    """Return how often the interval holds the mean over all users and seeds."""
    random = np.random.default_rng(7)

    def noises(n: int) -> NDArray[np.float64]:
        return random.normal(1, 0.15, n)

    compute = METRICS[metric].compute
    assert compute is not None
    labels, logits, user = draw(random, 40_000, noises(60))
    truth = np.mean([compute(labels, each, user) for each in logits])  # type: ignore[arg-type]
    hits = 0
    for _ in range(repeats):
        labels, logits, user = draw(random, 250, noises(seeds))
        values = [compute(labels, each, user) for each in logits]
        of_users = [influence(metric, labels, each, user) for each in logits]
        interval = sampled(values, np.mean(of_users, axis=0)).interval  # type: ignore[arg-type]
        hits += interval.low <= truth <= interval.high  # type: ignore[operator]
    return hits / repeats


@pytest.mark.parametrize("metric", ["auc", "logloss"])
def test_some_intervals_hold_the_truth(metric: str) -> None:
    assert 0.91 < coverage(metric, 300, seeds=3) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("metric", ["auc", "logloss", "ne", "gauc", "gauc_coverage"])
def test_intervals_hold_the_truth(metric: str, seeds: int) -> None:
    found = coverage(metric, 2_000, seeds)
    print(f"{metric}, {seeds} seeds: {found:.3f} of 2,000 intervals hold the truth")
    assert 0.93 < found < 0.985  # errs on the wide side
