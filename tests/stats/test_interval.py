import math
import random

import pytest

from fmbench.stats import Interval, t_interval


def test_three_samples_by_hand() -> None:
    # mean 2, standard deviation 1, t(2 degrees, 97.5 %) = 4.302653
    interval = t_interval([1.0, 2.0, 3.0])
    assert interval.mean == 2.0
    assert interval.n == 3
    assert interval.half_width == pytest.approx(4.302653 / math.sqrt(3), abs=1e-6)
    assert (interval.low, interval.high) == pytest.approx((-0.484138, 4.484138), abs=1e-6)


@pytest.mark.parametrize(("n", "t"), [(2, 12.7062), (5, 2.7764), (10, 2.2622), (20, 2.0930)])
def test_critical_values_of_the_printed_tables(n: int, t: float) -> None:
    samples = [0.0] * (n - 1) + [1.0]
    deviation = math.sqrt(1 / n)
    assert t_interval(samples).half_width == pytest.approx(t * deviation / math.sqrt(n), rel=1e-4)


def test_another_confidence() -> None:
    # t(2 degrees, 95 %) = 2.919986
    half = t_interval([1.0, 2.0, 3.0], confidence=0.9).half_width
    assert half == pytest.approx(2.919986 / math.sqrt(3), abs=1e-6)


def test_one_sample_has_no_bounds() -> None:
    assert t_interval([0.5]) == Interval(0.5, None, None, 1)
    assert t_interval([0.5]).half_width is None


@pytest.mark.parametrize("samples", [[], [None, None]])
def test_no_sample_has_no_mean(samples: list[None]) -> None:
    assert t_interval(samples) == Interval(None, None, None, 0)


def test_undefined_samples_are_left_out_and_not_counted() -> None:
    assert t_interval([None, 1.0, None, 2.0, 3.0]) == t_interval([1.0, 2.0, 3.0])


def test_equal_samples_leave_no_doubt() -> None:
    assert t_interval([0.25] * 4) == Interval(0.25, 0.25, 0.25, 4)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_a_confidence_that_is_none(confidence: float) -> None:
    with pytest.raises(ValueError, match=f"confidence is {confidence}"):
        t_interval([1.0, 2.0], confidence)


def test_the_interval_holds_its_coverage_at_three_seeds() -> None:
    draw = random.Random(0).gauss
    n_trials = 20_000  # standard error of the share: 0.15 %
    hits = 0
    for _ in range(n_trials):
        interval = t_interval([draw(0.8, 0.01) for _ in range(3)])
        assert interval.low is not None
        assert interval.high is not None
        hits += interval.low <= 0.8 <= interval.high
    assert hits / n_trials == pytest.approx(0.95, abs=0.01)
