"""The prior of a field: a mean and a precision for its weights and for each of its factors."""

import math

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.gibbs.random import gamma, normal, stream
from fmbench.engine.kernels.jit import kernel

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@kernel
def draw_prior(
    prior: Doubles,
    starts: NDArray[np.int64],
    low: int,
    linear: Floats,
    vectors: Floats,
    key: np.uint64,
) -> None:
    """Draw means and precisions, `(2, 1 + factors)`, given the weights of values that have rows.

    The precision is Gamma(1/2, 1/2) and the mean N(0, 1 / precision) before any weight is known
    (Rendle, 2012).
    """
    for column in range(prior.shape[1]):
        count, total, squares = 0, 0.0, 0.0
        for j in range(len(starts) - 1):
            if starts[j] < starts[j + 1]:
                weight = np.float64(vectors[low + j, column - 1] if column else linear[low + j])
                count += 1
                total += weight
                squares += weight * weight
        mean = total / (count + 1)
        state = stream(key, column)
        # Shapes below one have no sampler here: there is a weight, or the field is never drawn.
        drawn, state = gamma(0.5 + count / 2, state)
        rate = 0.5 + (squares - total * mean) / 2
        prior[1, column] = drawn / rate
        drawn, state = normal(state)
        prior[0, column] = mean + drawn / math.sqrt((count + 1) * prior[1, column])
