"""Split R-hat tells chains that agree from those that do not."""

import numpy as np
import pytest

from fmbench.engine.gibbs.convergence import split_rhat


@pytest.fixture
def draw() -> np.random.Generator:
    """Return numbers that do not depend on which tests ran before."""
    return np.random.default_rng(0)


def test_chains_of_one_law_have_one(draw: np.random.Generator) -> None:
    found = split_rhat(draw.normal(size=(4, 1000, 50)))
    assert np.all(np.abs(found - 1) < 0.01)


def test_a_chain_elsewhere_is_seen(draw: np.random.Generator) -> None:
    draws = draw.normal(size=(2, 200, 3))
    draws[1, :, 2] += 2
    assert split_rhat(draws)[2] > 1.4
    assert np.all(split_rhat(draws)[:2] < 1.05)


def test_a_chain_that_still_moves_is_seen(draw: np.random.Generator) -> None:
    draws = draw.normal(size=(2, 200, 1)) + np.linspace(0, 4, 200)[None, :, None]
    assert split_rhat(draws)[0] > 1.3


def test_a_heavy_tail_does_not_hide_a_difference(draw: np.random.Generator) -> None:
    """Means of Cauchy draws say nothing; their ranks do."""
    draws = draw.standard_cauchy(size=(2, 500, 1))
    draws[1] += 4
    assert split_rhat(draws)[0] > 1.15


def test_what_never_moves_has_one_and_few_draws_are_refused() -> None:
    assert split_rhat(np.ones((2, 10, 1)))[0] == 1
    with pytest.raises(ValueError, match=r"^a chain has 3 draws"):
        split_rhat(np.ones((2, 3, 1)))
