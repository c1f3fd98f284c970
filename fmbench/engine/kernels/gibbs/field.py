"""Draws of the weights of a field's values, each value's jointly, given those of all others."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.gibbs.random import normal, stream
from fmbench.engine.kernels.gibbs.rows import Factors, Floats, Ints
from fmbench.engine.kernels.gibbs.vectors import gather_up, moments, shift, take_off
from fmbench.engine.kernels.jit import kernel

Doubles = NDArray[np.float64]

MEAN, PRECISION = 0, 1
"""The rows of a prior, `(2, 1 + factors)`: its first column is of the linear weights."""

CHUNK = 256
"""Rows whose products are added up in float32, before float64 takes the sums."""


@kernel
def draw_values(
    order: Ints,
    starts: NDArray[np.int64],
    shares: Any,
    low: int,
    linear: Floats,
    vectors: Floats,
    sums: Floats,
    errors: Floats,
    prior: Doubles,
    key: np.uint64,
    factors: Factors,
) -> None:
    """Draw the weight and the vector of each value that has rows, as one Gaussian.

    Given all else, what a row's latent number leaves is linear in a value's weight and vector: its
    regressors are 1 and the sum of the other fields' vectors, times the row's share of the value.
    The rows of a field of one column have one value each, so that its values do not act on one
    another; those of other fields, whose vectors have been taken out of `sums`, are drawn in turn.
    """
    k = len(factors)
    out = np.empty((k + 3, max(k, 2)), np.float32)
    old, move = np.zeros(k, np.float32), np.empty(k, np.float32)
    precision, step, spare = np.empty((k + 1, k + 1)), np.empty(k + 1), np.empty(k + 1)
    for j in range(len(starts) - 1):
        begin, end = starts[j], starts[j + 1]
        if begin == end:
            continue
        vector = vectors[low + j]
        if shares is None:
            for a in range(k):
                old[a] = vector[a]
        state = stream(key, j)
        step[0] = prior[MEAN, 0] - linear[low + j]
        for a in range(k):
            step[a + 1] = prior[MEAN, a + 1] - vector[a]
        if end - begin == 1:
            share = np.float32(1) if shares is None else shares[begin]
            row = order[begin]
            spare[0] = share
            for a in range(k):
                spare[a + 1] = share * (sums[row, a] - old[a])
            _of_one_row(step, spare, np.float64(errors[row]), prior[PRECISION], state)
        else:
            for a in range(k + 1):
                step[a] *= prior[PRECISION, a]
                for b in range(k + 1):
                    precision[a, b] = 0
                precision[a, a] = prior[PRECISION, a]
            for chunk in range(begin, end, CHUNK):
                stop = min(chunk + CHUNK, end)
                moments(out, order, chunk, stop, shares, sums, old, errors, factors)
                gather_up(step, precision, out, factors)
            _of_many_rows(step, precision, spare, state, factors)
        by = np.float32(step[0])
        linear[low + j] += by
        for a in range(k):
            move[a] = np.float32(step[a + 1])
            vector[a] += move[a]
        shift(order, begin, end, shares, sums, old, errors, by, move, factors)


@kernel
def _of_many_rows(
    step: Doubles, precision: Doubles, inverse: Doubles, state: np.uint64, factors: Factors
) -> None:
    """Draw from N(P^-1 r, P^-1), with r what `step` holds, by Cholesky's P = L L'.

    Column a of L takes the place of row a of P, from its diagonal on.
    """
    n = len(factors) + 1
    for a in range(n):
        inverse[a] = 1 / math.sqrt(precision[a, a])
        for c in range(a, n):
            precision[a, c] *= inverse[a]
        step[a] *= inverse[a]  # of L^-1 r
        for c in range(a + 1, n):
            step[c] -= step[a] * precision[a, c]
        for b in range(a + 1, n):
            take_off(precision, b, precision[a, b], a, factors)
    for a in range(n):
        drawn, state = normal(state)
        step[a] += drawn
    for a in range(n - 1, -1, -1):
        right = step[a]
        for c in range(a + 1, n):
            right -= precision[a, c] * step[c]
        step[a] = right * inverse[a]


@kernel
def _of_one_row(
    step: Doubles, row: Doubles, error: float, precision: Doubles, state: np.uint64
) -> None:
    """Draw as `_of_many_rows` does where there is one row, without a matrix.

    A draw from the prior, moved to what it leaves of the row's error and of another draw of its
    noise, is a draw from the posterior (Bhattacharya et al., 2016).
    """
    noise, state = normal(state)
    left, size = error - noise, 1.0
    for a in range(len(step)):
        drawn, state = normal(state)
        step[a] += drawn / math.sqrt(precision[a])
        left -= row[a] * step[a]
        size += row[a] * row[a] / precision[a]
    for a in range(len(step)):
        step[a] += row[a] / precision[a] * left / size
