"""Which trial is chosen, which count, and what is said of them."""

import msgspec
import pytest

from fmbench.tuning import Search, within

from .conftest import Make


def test_the_least_validation_logloss_is_chosen_and_of_equals_the_first(trial: Make) -> None:
    trials = [trial(0.5, lr=0.1), trial(0.4, lr=0.2), trial(0.4, lr=0.3), trial(None, lr=0.4)]
    search = Search("fm", trials)
    assert search.best is trials[1]
    assert Search("fm", trials[::-1]).best is trials[2]
    assert search.tuned is not None
    assert (search.tuned.trials, search.tuned.train.lr) == (4, 0.2)
    assert search.settings == {"train.lr": 0.2}
    assert search.failures == [trials[3]]
    assert search.seconds == pytest.approx(3)
    assert list(search.expected) == [1, 2, 4]
    assert search.expected[4] == 0.4


def test_test_rows_choose_nothing(trial: Make) -> None:
    better = msgspec.structs.replace(
        trial(0.5, lr=0.1),
        metrics={"valid": {"logloss": 0.5}, "test": {"logloss": 0.1, "auc": 1.0}},
    )
    trials = [better, trial(0.49, lr=0.2)]
    assert Search("fm", trials).best is trials[1]


def test_where_all_failed_nothing_is_chosen(trial: Make) -> None:
    search = Search("fm", [trial(None), trial(None)])
    assert (search.best, search.tuned, search.settings) == (None, None, {})
    assert search.expected == {1: None, 2: None}


def test_trials_count_in_order_until_their_seconds_are_spent(trial: Make) -> None:
    trials = [trial(seconds=2), trial(None), trial(seconds=2), trial(seconds=2)]
    assert within(trials, 2.0) == trials[:1]
    assert within(trials, 2.1) == trials[:3]  # one that failed takes none; one that began counts
    assert within(trials, 100) == trials
    assert within(trials, 1e-9) == trials[:1]
