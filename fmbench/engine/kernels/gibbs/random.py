"""Random numbers by counters: what a row or a weight draws hangs on its own number alone.

A stream begins at a hash of a key and a number, and goes on as splitmix64 does (Steele et al.,
2014), so that neither the order of the rows nor the number of threads decides a draw.
"""

import math

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.jit import kernel

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
LAYERS = 256
TAIL, AREA = 3.6541528853610088, 4.92867323399e-3
"""Where the tail begins and the area of a layer, of 256 (Marsaglia and Tsang, 2000)."""

FAR = 1.0
"""Where to draw from the tail itself, as two in three tries would fail there."""

Draw = tuple[float, np.uint64]
"""A number, and the stream behind it."""


def _layers() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the right edge of each layer and the density there, `(257,)` each."""
    edges = np.zeros(LAYERS + 1)
    edges[0], edges[1] = AREA * math.exp(TAIL**2 / 2), TAIL
    for i in range(2, LAYERS):
        edges[i] = math.sqrt(
            -2 * math.log(AREA / edges[i - 1] + math.exp(-(edges[i - 1] ** 2) / 2))
        )
    return edges, np.exp(-(edges**2) / 2)


EDGES, HEIGHTS = _layers()


@kernel
def _mix(word: np.uint64) -> np.uint64:
    """Scramble 64 bits (splitmix64's finalizer, Steele et al., 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@kernel
def stream(key: np.uint64, number: int) -> np.uint64:
    """Return the stream of a number under a key; a key is itself a stream of another."""
    return _mix(key ^ (np.uint64(number + 1) * GOLDEN))


@kernel
def uniform(state: np.uint64) -> Draw:
    """Draw from (0, 1)."""
    state += GOLDEN
    return (np.float64(_mix(state) >> np.uint64(12)) + 0.5) * 2.0**-52, state


@kernel
def normal(state: np.uint64) -> Draw:
    """Draw from N(0, 1) by the ziggurat of Marsaglia and Tsang (2000)."""
    while True:
        state += GOLDEN
        word = _mix(state)
        layer = np.int64(word & np.uint64(LAYERS - 1))
        sign = 1.0 if word & np.uint64(LAYERS) else -1.0
        x = np.float64(word >> np.uint64(11)) * 2.0**-53 * EDGES[layer]
        if x < EDGES[layer + 1]:
            return sign * x, state
        height, state = uniform(state)
        if layer == 0:
            x, state = _tail(TAIL, state)
            return sign * x, state
        between = HEIGHTS[layer] + height * (HEIGHTS[layer + 1] - HEIGHTS[layer])
        if between < math.exp(-x * x / 2):
            return sign * x, state


@kernel
def number(state: np.uint64) -> float:
    """Return the first number of N(0, 1) that a stream holds."""
    return normal(state)[0]


@kernel
def _tail(low: float, state: np.uint64) -> Draw:
    """Draw from N(0, 1) above `low` > 0, by an exponential of the best rate (Robert, 1995)."""
    rate = (low + math.sqrt(low * low + 4)) / 2
    while True:
        u, state = uniform(state)
        x = low - math.log(u) / rate
        u, state = uniform(state)
        if u <= math.exp(-((x - rate) ** 2) / 2):
            return x, state


@kernel
def above(low: float, state: np.uint64) -> Draw:
    """Draw from N(0, 1) above `low`, by trying; where that is above zero, either sign will do."""
    if low > FAR:
        return _tail(low, state)
    while True:
        x, state = normal(state)
        x = abs(x) if low > 0 else x
        if x > low:
            return x, state


@kernel
def gamma(shape: float, state: np.uint64) -> Draw:
    """Draw from Gamma(shape, 1), of a shape from 1 on (Marsaglia and Tsang, 2000)."""
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x, state = normal(state)
        v = (1 + c * x) ** 3
        if v > 0:
            u, state = uniform(state)
            if math.log(u) < x * x / 2 + d - d * v + d * math.log(v):
                return d * v, state
