"""What each user adds to a metric: against leaving him out, against DeLong and the bootstrap."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench.metrics import METRICS, evaluate
from fmbench.stats import FEWEST, auc_error, influence, two_way_bootstrap

QUALITY = [metric.name for metric in METRICS.values() if metric.compute and metric.name != "ece"]


def ratings(
    seed: int, users: int = 400
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]:
    """Return labels, logits with ties, and users of one to eight rows, each with his taste."""
    random = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), random.integers(1, 9, users))
    chance = random.normal(1, 1, users)[user]
    labels = random.random(len(user)) < 1 / (1 + np.exp(-chance))
    logits = np.round(1.5 * chance + labels + random.normal(0, 1, len(user)) + 1, 1)
    return labels, logits, user


@pytest.mark.parametrize("metric", QUALITY)
def test_it_is_what_leaving_a_user_out_takes_away(metric: str) -> None:
    labels, logits, user = ratings(1)
    found = influence(metric, labels, logits, user)
    whole = evaluate(labels, logits, user)[metric]
    assert found is not None
    assert whole is not None
    left_out = np.empty(len(found))
    for each in range(len(found)):
        rest = user != each
        without = evaluate(labels[rest], logits[rest], user[rest])[metric]
        assert without is not None
        left_out[each] = whole - without
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert np.corrcoef(found, left_out)[0, 1] > 0.999
    assert found.std() == pytest.approx(left_out.std(), rel=0.02)


def test_the_calibration_error_has_none() -> None:
    assert influence("ece", *ratings(1)) is None


@pytest.mark.parametrize("metric", ["auc", "logloss"])
def test_its_spread_is_that_of_the_bootstrap(metric: str) -> None:
    labels, logits, user = ratings(2)
    found = influence(metric, labels, logits, user)
    assert found is not None
    drawn = two_way_bootstrap(labels, user, {"a": [logits]}, metric, draws=600)
    assert np.sqrt(found @ found) == pytest.approx(drawn.users["a"].std(), rel=0.1)


def test_of_users_with_one_row_it_is_delongs_error() -> None:
    labels, logits, _ = ratings(3)
    found = influence("auc", labels, logits, np.arange(len(labels)))
    expected = auc_error(labels, logits)
    assert found is not None
    assert expected is not None
    assert np.sqrt(found @ found) == pytest.approx(expected.error, rel=0.002)


@pytest.mark.parametrize("metric", QUALITY)
def test_few_users_say_nothing(metric: str) -> None:
    labels, logits, user = ratings(4)
    few = user < FEWEST - 1
    assert influence(metric, labels[few], logits[few], user[few]) is None


@pytest.mark.parametrize("metric", ["auc", "ne", "gauc"])
def test_few_rows_of_a_class_say_nothing(metric: str) -> None:
    labels, logits, user = ratings(5)
    labels[np.flatnonzero(~labels)[FEWEST - 1 :]] = True
    assert influence(metric, labels, logits, user) is None
    assert influence("logloss", labels, logits, user) is not None
