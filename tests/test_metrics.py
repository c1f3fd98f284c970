"""Metrics against scikit-learn, and against fractions where every pair is counted by hand."""

import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from fmbench.metrics import METRICS, auc, evaluate, logloss, user_auc, why_undefined

Rows = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]
QUALITY = ("auc", "logloss", "ne", "ece", "gauc", "gauc_coverage")

# Few distinct scores, so that ties are frequent; both zeros, which are one score.
row = st.tuples(
    st.booleans(), st.sampled_from([-3.0, -0.5, -0.0, 0.0, 0.25, 2.0]), st.integers(-2, 3)
)


def arrays(rows: list[tuple[bool, float, int]]) -> Rows:
    labels, logits, users = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(labels, bool), np.array(logits, float), np.array(users, np.int64)


def drawn(n: int, seed: int = 0) -> Rows:
    draw = np.random.default_rng(seed)
    logits = draw.normal(size=n)
    return draw.random(n) < 1 / (1 + np.exp(-logits)), logits, draw.integers(0, n // 5, n)


def exact_auc(rows: list[tuple[bool, float, int]]) -> Fraction | None:
    """Count the pairs one by one."""
    wins = [
        Fraction(1 if p > n else 0) if p != n else Fraction(1, 2)
        for is_p, p, _ in rows
        if is_p
        for is_n, n, _ in rows
        if not is_n
    ]
    return sum(wins, Fraction()) / len(wins) if wins else None


@settings(deadline=None)
@given(st.lists(row, max_size=14))
def test_auc_is_the_share_of_pairs_in_order_to_the_last_bit(
    rows: list[tuple[bool, float, int]],
) -> None:
    labels, logits, _ = arrays(rows)
    exact = exact_auc(rows)
    assert auc(labels, logits) == (None if exact is None else float(exact))


@settings(deadline=None)
@given(st.lists(row, max_size=14))
def test_gauc_averages_the_aucs_of_users_by_their_rows(rows: list[tuple[bool, float, int]]) -> None:
    users = {user for *_, user in rows}
    groups = [[r for r in rows if r[2] == user] for user in users]
    aucs = [(exact_auc(group), len(group)) for group in groups]
    defined = [(a, n) for a, n in aucs if a is not None]
    found = evaluate(*arrays(rows))
    if defined:
        mean = sum((a * n for a, n in defined), Fraction()) / sum(n for _, n in defined)
        assert found["gauc"] == pytest.approx(float(mean), rel=1e-15)
    else:
        assert found["gauc"] is None
    assert found["gauc_coverage"] == (len(defined) / len(users) if users else None)


@settings(deadline=None)
@given(st.lists(row, min_size=1, max_size=14))
def test_logloss_ne_and_ece_are_their_textbook_sums(rows: list[tuple[bool, float, int]]) -> None:
    chances = [1 / (1 + math.exp(-score)) for _, score, _ in rows]
    n, rate = len(rows), sum(label for label, *_ in rows) / len(rows)
    losses = [-math.log(c if r[0] else 1 - c) for r, c in zip(rows, chances, strict=True)]
    bins: dict[int, list[float]] = {}
    for (label, *_), chance in zip(rows, chances, strict=True):
        bins.setdefault(int(chance * 15), []).append(chance - label)
    found = evaluate(*arrays(rows))
    assert found["logloss"] == pytest.approx(sum(losses) / n)
    assert found["ece"] == pytest.approx(sum(abs(sum(gaps)) for gaps in bins.values()) / n)
    if 0 < rate < 1:
        entropy = -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)
        assert found["ne"] == pytest.approx(sum(losses) / n / entropy)
    else:
        assert found["ne"] is None


@pytest.mark.parametrize("digits", [1, 15])
def test_auc_and_logloss_agree_with_scikit_learn(digits: int) -> None:
    labels, logits, _ = drawn(20_000)
    logits = logits.round(digits)
    assert auc(labels, logits) == pytest.approx(roc_auc_score(labels, logits), rel=1e-12)
    chances = 1 / (1 + np.exp(-logits))
    assert logloss(labels, logits) == pytest.approx(log_loss(labels, chances), rel=1e-12)


def test_gauc_agrees_with_scikit_learn_user_by_user() -> None:
    labels, logits, users = drawn(2_000)
    logits = logits.round(1)
    aucs, sizes = [], []
    for user in np.unique(users):
        mine = users == user
        if 0 < labels[mine].sum() < mine.sum():
            aucs.append(roc_auc_score(labels[mine], logits[mine]))
            sizes.append(mine.sum())
    assert user_auc(labels, logits, users) == pytest.approx(np.average(aucs, weights=sizes))


def test_gauc_of_a_single_user_is_the_auc() -> None:
    labels, logits, _ = drawn(1_000)
    assert user_auc(labels, logits, np.zeros(1_000, np.int64)) == auc(labels, logits)


def test_a_score_that_knows_the_rates_is_calibrated_and_a_shifted_one_is_not() -> None:
    labels, logits, users = drawn(200_000)
    calibrated = evaluate(labels, logits, users)["ece"]
    assert calibrated is not None
    assert calibrated < 0.01
    assert evaluate(labels, np.full_like(logits, 50.0), users)["ece"] == pytest.approx(
        1 - labels.mean()
    )


def test_a_chance_of_exactly_one_falls_into_the_last_bin() -> None:
    logits = np.array([1e3, 3.0])
    almost = 1 / (1 + math.exp(-3.0))
    found = evaluate(np.array([False, True]), logits, np.array([1, 1]))
    assert found["ece"] == pytest.approx((1 + almost - 1) / 2)


def test_always_predicting_the_rate_has_a_normalised_entropy_of_one() -> None:
    labels, logits, users = drawn(1_000)
    rate = labels.mean()
    constant = np.full_like(logits, math.log(rate / (1 - rate)))
    assert evaluate(labels, constant, users)["ne"] == pytest.approx(1.0)
    assert evaluate(labels, constant, users)["auc"] == 0.5


def test_confident_logits_are_no_ties() -> None:
    """Float32 sigmoids of these are all 1: a metric of probabilities would call them equal."""
    logits = np.arange(18.0, 33.0)
    assert len(np.unique(1 / (1 + np.exp(-logits.astype(np.float32))))) == 1
    assert auc(logits > 25, logits) == 1.0
    assert auc(logits <= 25, logits) == 0.0


def test_saturated_logits_are_finite() -> None:
    labels, logits = np.array([True, False, True, False]), np.array([1e3, -1e3, -1e3, 1e3])
    found = evaluate(labels, logits, np.array([1, 1, 2, 2]))
    assert found == {
        "auc": 0.5,
        "logloss": 500.0,
        "ne": pytest.approx(500 / math.log(2)),
        "ece": 0.5,
        "gauc": 0.5,
        "gauc_coverage": 1.0,
    }


def test_rows_of_one_class_define_no_ranking() -> None:
    for label in (True, False):
        found = evaluate(np.full(3, label), np.array([0.0, 1.0, 2.0]), np.array([1, 1, 2]))
        undefined = {name for name, value in found.items() if value is None}
        assert undefined == {"auc", "ne", "gauc"}
        assert found["gauc_coverage"] == 0.0
        assert why_undefined(found, np.full(3, label), np.zeros(3), np.array([1, 1, 2])) == {
            "auc": "all rows are of one class (3 rows)",
            "ne": "all rows are of one class (3 rows)",
            "gauc": "no user has rows of both classes (3 rows)",
        }


def test_users_of_one_class_each_define_no_gauc_and_all_the_rest() -> None:
    labels, logits, users = np.array([True, True, False]), np.arange(3.0), np.array([1, 1, 2])
    found = evaluate(labels, logits, users)
    assert (found["gauc"], found["gauc_coverage"], found["auc"]) == (None, 0.0, 0.0)
    assert list(why_undefined(found, labels, logits, users)) == ["gauc"]


def test_no_rows_define_nothing() -> None:
    labels, logits, users = arrays([])
    found = evaluate(labels, logits, users)
    assert found == dict.fromkeys(QUALITY)
    assert why_undefined(found, labels, logits, users) == dict.fromkeys(
        QUALITY, "there are no rows"
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_logits_that_are_not_finite_define_nothing(bad: float) -> None:
    labels, logits, users = drawn(100)
    logits[7] = bad
    found = evaluate(labels, logits, users)
    assert found == dict.fromkeys(QUALITY)
    reason = f"1 of 100 logits are not finite, the first is {bad} in row 7"
    assert why_undefined(found, labels, logits, users) == dict.fromkeys(QUALITY, reason)


def test_the_order_of_rows_means_nothing() -> None:
    labels, logits, users = drawn(5_000)
    found = evaluate(labels, logits, users)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(5_000)
        shuffled = evaluate(labels[order], logits[order], users[order])
        assert shuffled.pop("ece") == pytest.approx(found["ece"], rel=1e-12)
        assert shuffled.items() < found.items()  # to the last bit


def test_ranking_ignores_any_increasing_change_of_the_scores() -> None:
    labels, logits, users = drawn(5_000)
    for metric in (auc, user_auc):
        assert metric(labels, 4 * logits - 1, users) == metric(labels, logits, users)
        flipped = metric(labels, -logits, users)
        assert flipped == pytest.approx(1 - metric(labels, logits, users))


def test_inputs_are_left_as_they_were() -> None:
    rows = drawn(100)
    before = [column.copy() for column in rows]
    evaluate(*rows)
    assert all(map(np.array_equal, rows, before))


def test_whatever_can_be_undefined_can_say_why() -> None:
    assert why_undefined(evaluate(*drawn(50)), *drawn(50)) == {}
    for labels in (np.ones(3, bool), np.zeros(3, bool)):
        values = evaluate(labels, np.zeros(3), np.zeros(3, np.int64))
        assert all(METRICS[name].undefined for name, value in values.items() if value is None)


def test_a_sum_of_losses_beyond_all_numbers_is_infinite() -> None:
    assert logloss(np.zeros(2, bool), np.full(2, 1.7e308)) == math.inf


def test_every_metric_has_a_unique_name_and_the_computed_ones_are_those_of_quality() -> None:
    assert all(name == metric.name for name, metric in METRICS.items())
    assert tuple(evaluate(*drawn(50))) == QUALITY


@pytest.mark.slow
def test_ten_million_rows_are_ranked_within_two_seconds() -> None:
    labels, logits, _ = drawn(10_000_000)
    start = time.process_time()
    auc(labels, logits)
    assert time.process_time() - start < 2
