"""Passes over the rows: scores, and the latent numbers behind the labels."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.gibbs.random import above, stream
from fmbench.engine.kernels.gibbs.vectors import add, gather
from fmbench.engine.kernels.jit import kernel

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]
Factors = tuple[float, ...]
"""As many numbers as a vector has factors: its length is part of the machine code."""


@kernel
def score(
    out: Floats,
    ids: Ints,
    shares: Any,
    ends: Flags,
    bias: np.float32,
    linear: Floats,
    vectors: Floats,
    sums: Floats,
    factors: Factors,
) -> None:
    """Write the score of each row, `(rows,)`, and the sum of its fields' vectors."""
    for i in range(len(ids)):
        out[i] = bias + gather(ids, i, shares, ends, linear, vectors, sums, factors)


@kernel
def draw_errors(errors: Floats, labels: Flags, key: np.uint64) -> float:
    """Turn scores into what the latent numbers differ from them by; return the sum.

    A row's latent number is N(score, 1), cut at zero: positive where the label is (Albert and
    Chib, 1993).
    """
    total = 0.0
    for i in range(len(errors)):
        side = 1.0 if labels[i] else -1.0
        drawn, _ = above(-side * errors[i], stream(key, i))
        errors[i] = side * drawn
        total += side * drawn
    return total


@kernel
def move_all(errors: Floats, by: np.float32) -> None:
    """Take a step of the bias off all errors."""
    for i in range(len(errors)):
        errors[i] -= by


@kernel
def add_field(
    sums: Floats,
    ids: Ints,
    shares: Any,
    first: int,
    last: int,
    vectors: Floats,
    sign: float,
    factors: Factors,
) -> None:
    """Add a field of the columns `first` to `last` to the rows' sums, or take it out of them."""
    for i in range(len(ids)):
        for column in range(first, last):
            share = np.float32(sign * shares[i, column])
            add(sums, i, vectors, np.int64(ids[i, column]), share, factors)


@kernel
def mean_loss(scores: Floats, labels: Flags) -> float:
    """Return the mean of -log of the probability that each row has its label."""
    total = 0.0
    for i in range(len(scores)):
        side = 1.0 if labels[i] else -1.0
        total -= math.log(max(math.erfc(-side * scores[i] * math.sqrt(0.5)) / 2, 1e-300))
    return total / len(scores)
