"""Gaussian weights: what layers say of a row against every case that can happen."""

import math
from itertools import product

import naive
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.fields import PADDING, Field
from fmbench.layers import (
    FieldDeviation,
    GaussianEmbedding,
    GaussianLinear,
    GaussianLogit,
    PairwiseVariance,
)

FIELDS = [Field("user", 5), Field("genres", 4, width=3), Field("movie", 3)]
PADDED = [0, 5, 9]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2), st.integers(1, 4), st.integers(1, 2), st.integers(0, 2**31))
def test_the_variance_of_the_pairs_is_that_over_all_signs(
    batch: int, fields: int, dim: int, seed: int
) -> None:
    draw = torch.Generator().manual_seed(seed)
    means, deviations = torch.randn((2, batch, fields, dim), generator=draw, dtype=torch.float64)
    expected = []
    for mean, deviation in zip(means, deviations, strict=True):
        signs = product((-1.0, 1.0), repeat=fields * dim)  # independent, of mean 0 and variance 1
        drawn = [mean + deviation * torch.tensor(s).view(fields, dim) for s in signs]
        expected.append(float(np.var([naive.pairwise(vectors.tolist()) for vectors in drawn])))
    torch.testing.assert_close(PairwiseVariance()(means, deviations), naive.column(expected))


def test_the_variance_of_a_linear_term_is_the_sum_of_those_of_its_fields() -> None:
    linear = naive.randomise(GaussianLinear(FIELDS))
    ids = torch.tensor([[2, 3, PADDING, 2, 1], [1, PADDING, PADDING, PADDING, 2]])
    looked_up = [naive.lookup(linear.deviation, row) for row in ids.tolist()]
    expected = [sum(deviation**2 for (deviation,) in row) for row in looked_up]
    torch.testing.assert_close(linear.variance(ids), naive.column(expected))


@pytest.mark.parametrize("layer", [GaussianLinear(FIELDS), GaussianEmbedding(FIELDS, 3)])
def test_all_but_padding_begin_alike(layer: GaussianLinear | GaussianEmbedding) -> None:
    table = layer.deviation
    assert isinstance(table, FieldDeviation)
    table.begin(0.25)
    assert not table.weight[PADDED].any()
    assert (table.weight[[row for row in range(12) if row not in PADDED]] == 0.25).all()


def test_a_drawn_logit_is_one_deviation_off_its_mean_and_each_side_as_often() -> None:
    torch.manual_seed(0)
    mean, variance = torch.full((10_000,), 0.5), torch.full((10_000,), 4.0)
    drawn = GaussianLogit().train()(mean, variance)
    assert {round(x, 5) for x in drawn.tolist()} == {-1.5, 2.5}
    assert (drawn > 0).float().mean().item() == pytest.approx(0.5, abs=5 * 0.5 / 100)


@pytest.mark.parametrize("mean", [-3.0, -0.5, 0.0, 0.2, 1.0, 4.0])
@pytest.mark.parametrize("variance", [0.0, 0.1, 1.0, 5.0])
def test_a_scored_logit_is_that_of_the_expected_probability(mean: float, variance: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    expected = weights @ (1 / (1 + np.exp(-mean - math.sqrt(variance) * nodes))) / weights.sum()
    pair = torch.tensor([[mean], [variance]], dtype=torch.float64)
    found = GaussianLogit().eval()(*pair).sigmoid().item()
    assert found == pytest.approx(expected, abs=0.02)  # the approximation's own error
    assert (found == pytest.approx(1 / (1 + math.exp(-mean)), abs=1e-12)) == (mean * variance == 0)


def test_a_row_of_which_all_is_known_has_a_finite_gradient() -> None:
    linear, logit = GaussianLinear(FIELDS).train(), GaussianLogit().train()
    ids = torch.full((4, 5), PADDING)
    logit(linear(ids), linear.variance(ids)).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in linear.parameters())
