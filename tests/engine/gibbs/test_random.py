"""Random numbers by counters have the distributions that they are named after."""

import numpy as np
import pytest
from scipy import stats

from fmbench.engine.kernels.gibbs import random

N = 20_000


def drawn(of: object, *args: float) -> np.ndarray:
    """Draw one number from each of many streams."""
    key = np.uint64(7)
    streams = [np.uint64(random.stream(key, i)) for i in range(N)]
    return np.array([of(*args, stream)[0] for stream in streams])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("of", "args", "law"),
    [
        (random.uniform, (), stats.uniform()),
        (random.normal, (), stats.norm()),
        (random.above, (-1.0,), stats.truncnorm(-1.0, np.inf)),
        (random.above, (0.4,), stats.truncnorm(0.4, np.inf)),
        (random.above, (3.0,), stats.truncnorm(3.0, np.inf)),
        (random.gamma, (1.0,), stats.gamma(1.0)),
        (random.gamma, (20.5,), stats.gamma(20.5)),
    ],
)
def test_numbers_follow_their_law(of: object, args: tuple[float, ...], law: object) -> None:
    assert stats.kstest(drawn(of, *args), law.cdf).pvalue > 1e-3  # type: ignore[attr-defined]


def test_the_tails_of_the_normal_are_there() -> None:
    far = np.abs(drawn(random.normal)) > 3
    assert 30 < far.sum() < 80  # 54 are expected


def test_a_stream_is_of_its_number_and_key_alone() -> None:
    numbers = [random.stream(np.uint64(1), i) for i in range(1000)]
    assert len(set(numbers)) == 1000
    assert random.stream(np.uint64(1), 5) == numbers[5] != random.stream(np.uint64(2), 5)
