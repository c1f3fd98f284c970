"""A sweep draws from what it should: in place, exactly, and the same way each time."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fmbench.engine.gibbs.chain import BIAS_PRECISION, Chain, Training, key_of
from fmbench.engine.gibbs.layout import by_value, lay_out
from fmbench.engine.kernels.gibbs.field import draw_values
from fmbench.engine.kernels.gibbs.rows import draw_errors
from fmbench.fields import FIRST_VALUE, Field
from fmbench.layers import PairwiseInteraction
from fmbench.models import create_model

Doubles = NDArray[np.float64]

NUMBER = Field("size", 7, kind="numeric", values=(-1.5, -0.5, 0.25, 0.75, 1.5))
FIELDS = [Field("user", 9), Field("genres", 6, width=3), NUMBER, Field("movie", 7)]
K = 3


def some(rows: int, fields: list[Field] = FIELDS) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Draw ids, padding among those of several columns, and labels."""
    draw = np.random.default_rng(rows)
    ids = [
        draw.integers(FIRST_VALUE, field.cardinality, rows)
        * (draw.integers(0, 3, rows) > 0 if column else 1)
        for field in fields
        for column in range(field.width)
    ]
    return np.stack(ids, 1).astype(np.int32), draw.integers(0, 2, rows).astype(np.uint8)


def chain(rows: int = 60, seed: int = 0) -> Chain:
    return Chain(Training(FIELDS, *some(rows), K), seed, 0)


def scores(of: Chain) -> NDArray[np.float32]:
    found = np.empty(len(of.training), np.float32)
    of.score(of.training.rows, found, np.empty((len(found), K), np.float32))
    return found


def test_scores_are_those_of_the_model() -> None:
    of = chain()
    of.sweep()
    model = create_model("bayesian_fm", FIELDS, embed_dim=K, draws=2)
    for draw in range(2):
        model.linear.put(draw, float(of.bias), torch.from_numpy(of.linear))
        model.embedding.put(draw, torch.from_numpy(of.vectors))
    expected = model.scores(torch.from_numpy(some(60)[0]).long()).detach().numpy()
    assert isinstance(model.pairwise, PairwiseInteraction)
    np.testing.assert_allclose(scores(of), expected[:, 0], rtol=1e-4, atol=1e-5)
    assert np.array_equal(expected[:, 0], expected[:, 1])


def test_errors_and_sums_keep_up_with_the_weights() -> None:
    of = chain()
    training = of.training
    of.sweep()
    of.score(training.rows, training.errors, training.sums)
    before = training.errors.copy()
    draw_errors(training.errors, training.labels, key_of(of.key, 99))
    latent = before + training.errors
    assert np.array_equal(latent > 0, training.labels == 1)
    for place, (values, prior) in enumerate(zip(training.values, of.priors, strict=True)):
        of._draw(values, prior, key_of(of.key, 100 + place))
    errors, sums = training.errors.copy(), training.sums.copy()
    np.testing.assert_allclose(errors, latent - scores(of), atol=2e-5)
    of.score(training.rows, training.errors, training.sums)
    np.testing.assert_allclose(sums, training.sums, atol=2e-5)


@pytest.mark.parametrize("rows", [1, 2, 5, 100])
@pytest.mark.parametrize("is_pooled", [False, True])
def test_a_value_is_drawn_from_its_gaussian(rows: int, is_pooled: bool) -> None:
    """Its mean and covariance given all else are known; a value of one row has a way of its own."""
    draw, many = np.random.default_rng(rows), 20_000
    sums = draw.normal(size=(rows, 2)).astype(np.float32)
    errors = draw.normal(size=rows).astype(np.float32)
    shares = draw.uniform(0.2, 1, rows).astype(np.float32) if is_pooled else None
    prior = np.array([[0.3, -0.2, 0.5], [2.0, 0.7, 1.5]])
    order, starts = np.arange(rows, dtype=np.int32), np.array([0, rows])
    found = np.empty((many, 3))
    for i in range(many):
        linear, vectors = np.zeros(1, np.float32), np.zeros((1, 2), np.float32)
        around = (linear, vectors, sums.copy(), errors.copy(), prior, np.uint64(i), (0.0, 0.0))
        draw_values(order, starts, shares, 0, *around)
        found[i] = [linear[0], *vectors[0]]
    x = np.column_stack([np.ones(rows), sums]).astype(float)
    x *= 1 if shares is None else shares[:, None]
    covariance = np.linalg.inv(np.diag(prior[1]) + x.T @ x)
    mean = covariance @ (prior[1] * prior[0] + x.T @ errors)
    scale = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean(0) - mean) / scale).max() < 5 / many**0.5
    gap = (np.cov(found.T) - covariance) / np.outer(scale, scale)
    assert np.abs(gap).max() < 7 / many**0.5


def test_a_row_that_has_a_value_twice_has_both_shares() -> None:
    fields = [Field("genres", 5, width=3)]
    ids = np.array([[2, 3, 2], [4, 0, 0], [3, 0, 4]], np.int32)
    (values,) = by_value(fields, lay_out(fields, ids))
    assert values.starts.tolist() == [0, 0, 0, 1, 3, 5]
    assert values.order.tolist() == [0, 0, 2, 1, 2]
    assert values.shares is not None
    np.testing.assert_allclose(values.shares, [2 / 3, 1 / 3, 1 / 2, 1, 1 / 2])


def test_a_chain_is_its_seed_alone() -> None:
    one, same, other = chain(), chain(), chain(seed=1)
    for each in (one, same, other):
        for _ in range(3):
            each.sweep()
    assert np.array_equal(one.vectors, same.vectors)
    assert np.array_equal(one.linear, same.linear)
    assert not np.array_equal(one.vectors, other.vectors)


def test_padding_stays_zero_and_unseen_is_the_mean_of_the_prior() -> None:
    of = chain()
    of.sweep()
    for values, prior in zip(of.training.values, of.priors, strict=True):
        assert of.linear[values.low] == 0
        assert not of.vectors[values.low].any()
        assert of.linear[values.low + 1] == np.float32(prior[0, 0])
        np.testing.assert_allclose(of.vectors[values.low + 1], prior[0, 1:], rtol=1e-6)


def test_sweeps_leave_the_joint_distribution_as_it_is() -> None:
    """From weights of the prior and labels of these weights, sweeps lead to weights of the prior.

    Any mistake in a conditional distribution, be it a rate of the hyperprior, moves a mean (Geweke,
    2004; with many short chains, as Gandy and Scott, 2021, since a long one would hardly mix).
    """
    fields = [Field("a", 4), Field("b", 5, width=2)]
    ids, labels = some(8, fields)
    training, draw = Training(fields, ids, labels, 2), np.random.default_rng(0)
    moved = []
    for replicate in range(3000):
        of = Chain(training, replicate, 0)
        bias, priors, tables, score = _from_the_prior(draw, ids)
        of.bias, of.priors = np.float32(bias), [prior.copy() for prior in priors]
        table = np.concatenate(tables).astype(np.float32)
        of.linear[:], of.vectors[:] = table[:, 0], table[:, 1:]
        training.labels[:] = draw.normal(size=8) < score
        before = _bounded(bias, priors, table[2:4, 0], score)
        for _ in range(3):
            of.sweep()
        after = np.empty(8, np.float32)
        of.score(training.rows, after, np.empty((8, 2), np.float32))
        moved.append(_bounded(float(of.bias), of.priors, of.linear[2:4], after) - before)
    change = np.array(moved)
    assert np.all(change.std(0) > 0.05)
    assert np.abs(change.mean(0) / (change.std(0) / len(change) ** 0.5)).max() < 4


def _from_the_prior(
    draw: np.random.Generator, ids: NDArray[np.int32]
) -> tuple[float, list[Doubles], list[Doubles], Doubles]:
    """Draw bias, priors and weights, and score the rows, in plain NumPy."""
    bias = draw.normal() / BIAS_PRECISION**0.5
    priors, tables = list[Doubles](), list[Doubles]()
    for size in (4, 5):
        precision = draw.gamma(0.5, 2, 3)
        mean = draw.normal(size=3) / precision**0.5
        priors.append(np.stack([mean, precision]))
        tables.append(mean + draw.normal(size=(size, 3)) / precision**0.5)
    tables[1][0] = 0
    first, both = tables[0][ids[:, 0]], tables[1][ids[:, 1:]]
    second = both.sum(1) / (ids[:, 1:] > 0).sum(1, keepdims=True)
    score = bias + first[:, 0] + second[:, 0] + (first[:, 1:] * second[:, 1:]).sum(1)
    return bias, priors, tables, score


def _bounded(
    bias: float, priors: list[Doubles], linear: NDArray[np.floating], score: NDArray[np.floating]
) -> Doubles:
    """Return functions of a state whose means exist, though the hyperprior has none."""
    means, precisions = (np.ravel([prior[row] for prior in priors]) for row in (0, 1))
    told = np.tanh(np.concatenate([[bias / 10], means, linear, score[:2]]))
    return np.concatenate([told, precisions / (1 + precisions)])
