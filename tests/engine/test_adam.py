"""Catching up: what the engine makes of many steps without a gradient, against taking them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench.engine.kernels.adam import BETA1, BETA2, EARLY, EPS, STEADY, Adam, adam, gauss
from fmbench.engine.kernels.rowwise import catch_up
from fmbench.spec import TrainSpec

SPECS = {
    "adam": TrainSpec(lr=1e-3),
    "adamw": TrainSpec(lr=1e-3, optimizer="adamw", weight_decay=0.1),
    "decay as strong as the moments'": TrainSpec(lr=0.1, optimizer="adamw", weight_decay=2.0),
}
TIMES = [1, 2, 39, 40, 41, 99, 100, 101, 199, EARLY - 1, EARLY, EARLY + 1, 5_000, STEADY + 9]
GAPS = [1, 2, 3, 4, 7, 30, 52, 300, 2_000]
SPREADS = 10.0 ** np.arange(-12, 2)
"""Second moments' roots, from far below Adam's eps to far above it."""


def one_by_one(
    state: NDArray[np.float64], gap: int, since: int, spec: TrainSpec
) -> NDArray[np.float64]:
    """Take Adam's steps with a gradient of zero, as the paper has them, in float64."""
    weight, first, second = state.copy()
    rho = 1 - spec.lr * spec.weight_decay if spec.optimizer == "adamw" else 1.0
    for step in range(since + 1, since + gap + 1):
        first, second = BETA1 * first, BETA2 * second
        corrected = np.sqrt(second / (1 - BETA2**step)) + EPS
        weight = rho * weight - spec.lr * first / (1 - BETA1**step) / corrected
    return np.stack([weight, first, second])


def caught_up(
    state: NDArray[np.float64], gap: int, since: int, constants: Adam, dtype: type
) -> NDArray[np.float64]:
    rows = state[None].astype(dtype)
    catch_up(rows, 0, gap, since, constants)
    return rows[0].astype(np.float64)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize(("dtype", "near"), [(np.float32, 5e-6), (np.float64, 5e-14)])
def test_catching_up_is_taking_the_steps(name: str, dtype: type, near: float) -> None:
    spec = SPECS[name]
    constants = adam(spec, dtype)
    # A first moment as large as Adam lets it become; weights of the size that a step moves them by.
    state = np.stack([np.full_like(SPREADS, spec.lr), SPREADS / 2, SPREADS**2])
    state = state.astype(dtype).astype(np.float64)
    for since in TIMES:
        for gap in GAPS:
            wanted = one_by_one(state, gap, since, spec)
            got = caught_up(state, gap, since, constants, dtype)
            moved = np.abs(wanted[0] - state[0]) + np.abs(wanted[0])
            assert np.all(np.abs(got[0] - wanted[0]) <= near * moved), (since, gap)
            np.testing.assert_allclose(got[1:], wanted[1:], rtol=5 * near, atol=1e-30)


def test_a_rule_sums_up_polynomials() -> None:
    random = np.random.default_rng(0)
    points, weights = random.uniform(1, 2, (4, 300)), random.uniform(0, 1, (4, 300))
    found, shares = gauss(points, weights, 3)
    for degree in range(6):
        wanted = (weights * points**degree).sum(1)
        np.testing.assert_allclose((shares * found**degree).sum(1), wanted, rtol=1e-12)
    assert not np.allclose((shares * found**6).sum(1), (weights * points**6).sum(1), rtol=1e-12)
