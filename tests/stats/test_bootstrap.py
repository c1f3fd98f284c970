import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import bootstrap

from fmbench.metrics import auc, logloss
from fmbench.stats import Interval, auc_difference, two_way_bootstrap
from fmbench.stats.bootstrap import _Auc, _Loss

METRIC = {"auc": auc, "logloss": logloss}


def data(
    seed: int, *, rows: int = 300, seeds: int = 4, users: int = 60
) -> tuple[NDArray, NDArray, list[NDArray], list[NDArray]]:
    random = np.random.default_rng(seed)
    labels, user = random.random(rows) < 0.6, random.integers(users, size=rows)
    signal = labels + random.normal(size=rows)
    first = [signal + random.normal(0, 0.5, rows) for _ in range(seeds)]
    second = [np.round(signal + random.normal(0, 0.8, rows), 1) for _ in range(seeds)]
    return labels, user, first, second


def difference(
    labels: NDArray, user: NDArray, first: list[NDArray], second: list[NDArray], metric: str,
    **options: int,
) -> Interval:  # fmt: skip
    drawn = two_way_bootstrap(labels, user, {"a": first, "b": second}, metric, **options)
    return drawn.difference("a", "b")


@pytest.mark.parametrize("metric", ["auc", "logloss"])
def test_a_weight_is_a_row_that_often(metric: str) -> None:
    labels, _, first, second = data(0)
    weights = np.random.default_rng(1).integers(4, size=len(labels))
    many = np.repeat(np.arange(len(labels)), weights)
    for logits in (first[0], second[0]):  # without ties and with
        got = {"auc": _Auc, "logloss": _Loss}[metric](labels, logits)(weights)
        assert got == pytest.approx(METRIC[metric](labels[many], logits[many]))


@pytest.mark.parametrize("metric", ["auc", "logloss"])
def test_brute_force_draws_the_same(metric: str) -> None:
    labels, user, first, second = data(2, rows=40, users=9, seeds=3)
    got = difference(labels, user, first, second, metric, draws=50, seed=5)
    random, of, values = np.random.default_rng(5), METRIC[metric], []
    # Three seeds drawn from three have 2/3 of the variance, and t(2) reaches 4.303 errors.
    stretch = np.sqrt(3 / 2) * 4.302653 / 1.959964
    keys = np.unique(user)
    for _ in range(50):
        chosen = keys[random.integers(len(keys), size=len(keys))]
        rows = np.concatenate([np.flatnonzero(user == key) for key in chosen])
        gaps = np.array(
            [
                of(labels[rows], a[rows]) - of(labels[rows], b[rows])
                for a, b in zip(first, second, strict=True)
            ]
        )
        drawn = gaps[random.integers(3, size=3)].mean()
        values.append(gaps.mean() + stretch * (drawn - gaps.mean()))
    wanted = tuple(np.quantile(values, [0.025, 0.975]))
    assert (got.low, got.high) == pytest.approx(wanted, rel=1e-5)
    assert got.n == 3


def test_scipy_agrees_where_rows_are_users_and_there_is_one_seed() -> None:
    labels, _, first, second = data(3, rows=400, seeds=1)

    def statistic(labels: NDArray, a: NDArray, b: NDArray) -> float:
        labels = labels.astype(bool)  # scipy makes one array of all three
        return auc(labels, a) - auc(labels, b)

    ours = difference(labels, np.arange(400), first, second, "auc", draws=3_000)
    theirs = bootstrap(
        (labels, first[0], second[0]), statistic, paired=True, vectorized=False,
        n_resamples=3_000, method="percentile", rng=np.random.default_rng(9),
    ).confidence_interval  # fmt: skip
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.1 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.1 * width)
    delong = auc_difference(labels, first, second)
    assert delong is not None
    assert ours.half_width == pytest.approx(1.96 * delong.error, rel=0.1)


def test_it_covers_and_on_the_wide_side() -> None:
    truth = np.mean([difference_of(seed, 3_000) for seed in range(30)])
    covered = 0
    for seed in range(100):
        labels, user, first, second = data(100 + seed, seeds=3)
        interval = difference(labels, user, first, second, "auc", draws=200, seed=seed)
        covered += interval.low <= truth <= interval.high
    assert covered >= 90


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_it_covers_where_seeds_are_all_that_scatters(seeds: int) -> None:
    """Every user says the same, so that drawing others changes nothing."""
    random = np.random.default_rng(seeds)
    labels, user = np.tile([True, True, False], 20), np.repeat(np.arange(20), 3)
    covered = 0
    for seed in range(200):
        first = [np.full(60, level) for level in random.normal(0, 0.01, seeds)]
        second = [np.zeros(60)] * seeds
        interval = difference(labels, user, first, second, "logloss", draws=200, seed=seed)
        covered += interval.low <= 1.25e-5 <= interval.high  # 0.01 ** 2 / 8, by Taylor
    assert covered >= 180


def difference_of(seed: int, rows: int) -> float:
    labels, _, first, second = data(seed, rows=rows)
    return float(
        np.mean([auc(labels, a) - auc(labels, b) for a, b in zip(first, second, strict=True)])
    )


def test_another_metric_is_refused() -> None:
    labels, user, first, second = data(0)
    with pytest.raises(ValueError, match="expected one of"):
        two_way_bootstrap(labels, user, {"a": first, "b": second}, "f1", draws=1)
