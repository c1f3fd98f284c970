"""Operations that are not loops over elements: products, batch statistics, dropout, the loss."""

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.jit import kernel
from fmbench.engine.ops import OUT, X, Y, Z

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


@kernel
def matmul(line: Ints, memory: Floats) -> None:
    """Multiply `(batch, m, k)` by `(batch, k, n)` into a dense output.

    Each factor lies in memory row by row or, where its flag says so, column by column.
    """
    m, n, k = line[2], line[3], line[4]
    for b in range(line[1]):
        start, x, y = line[OUT] + b * m * n, line[X] + b * line[X + 1], line[Y] + b * line[Y + 1]
        out = memory[start : start + m * n].reshape(m, n)
        left, right = memory[x : x + m * k], memory[y : y + k * n]
        if line[X + 2] and line[Y + 2]:
            np.dot(left.reshape(k, m).T, right.reshape(n, k).T, out)
        elif line[X + 2]:
            np.dot(left.reshape(k, m).T, right.reshape(k, n), out)
        elif line[Y + 2]:
            np.dot(left.reshape(m, k), right.reshape(n, k).T, out)
        else:
            np.dot(left.reshape(m, k), right.reshape(k, n), out)


@kernel
def norm(line: Ints, momentum: float, eps: float, memory: Floats) -> None:
    """BatchNorm in training (Ioffe and Szegedy, 2015) of a dense `(rows, units)`.

    Writes the output, mean and inverse deviation; moves the running mean and variance.
    """
    rows, units = line[1], line[2]
    x, out = line[X], line[OUT]
    mean = memory[line[Y] : line[Y] + units]
    inverse = memory[line[Y + 1] : line[Y + 1] + units]
    kind = memory.dtype.type
    for j in range(units):
        mean[j] = 0
        inverse[j] = 0
    share, one = kind(1 / rows), kind(1)
    for i in range(rows):
        row = memory[x + i * units : x + (i + 1) * units]
        for j in range(units):
            mean[j] += row[j]
    for j in range(units):
        mean[j] *= share
    for i in range(rows):
        row = memory[x + i * units : x + (i + 1) * units]
        for j in range(units):
            inverse[j] += (row[j] - mean[j]) * (row[j] - mean[j])
    unbiased = kind(momentum / max(rows - 1, 1))
    for j in range(units):
        running, spread = line[Z] + j, line[Z + 1] + j
        memory[running] += momentum * (mean[j] - memory[running])
        memory[spread] += unbiased * inverse[j] - momentum * memory[spread]
        inverse[j] = one / np.sqrt(inverse[j] * share + eps)
    weight = memory[line[Z + 2] : line[Z + 2] + units]
    bias = memory[line[Z + 3] : line[Z + 3] + units]
    for i in range(rows):
        row = memory[x + i * units : x + (i + 1) * units]
        target = memory[out + i * units : out + (i + 1) * units]
        for j in range(units):
            target[j] = (row[j] - mean[j]) * inverse[j] * weight[j] + bias[j]


@kernel
def norm_grad(line: Ints, memory: Floats) -> None:
    """Write BatchNorm's gradients to its input, weight and bias."""
    rows, units = line[1], line[2]
    grad, x, out = line[X], line[X + 1], line[OUT]
    weight = memory[line[X + 2] : line[X + 2] + units]
    mean = memory[line[Y] : line[Y] + units]
    inverse = memory[line[Y + 1] : line[Y + 1] + units]
    to_weight = memory[line[OUT + 1] : line[OUT + 1] + units]
    to_bias = memory[line[OUT + 2] : line[OUT + 2] + units]
    for j in range(units):
        to_weight[j] = 0
        to_bias[j] = 0
    for i in range(rows):
        g = memory[grad + i * units : grad + (i + 1) * units]
        row = memory[x + i * units : x + (i + 1) * units]
        for j in range(units):
            to_bias[j] += g[j]
            to_weight[j] += g[j] * ((row[j] - mean[j]) * inverse[j])
    share = memory.dtype.type(1 / rows)
    for i in range(rows):
        g = memory[grad + i * units : grad + (i + 1) * units]
        row = memory[x + i * units : x + (i + 1) * units]
        target = memory[out + i * units : out + (i + 1) * units]
        for j in range(units):
            normed = (row[j] - mean[j]) * inverse[j]
            pull = g[j] - share * (to_bias[j] + normed * to_weight[j])
            target[j] = pull * inverse[j] * weight[j]


@kernel
def loss(line: Ints, memory: Floats) -> None:
    """Write the mean binary cross-entropy of logits `x`, labels `y`, and its gradient to `x`."""
    rows, kind = line[1], memory.dtype.type
    total, share, one = 0.0, kind(1 / line[1]), kind(1)
    for i in range(rows):
        logit, label = memory[line[X] + i * line[X + 1]], memory[line[Y] + i]
        # exp of what is not positive cannot overflow
        small = np.exp(-abs(logit))
        total += max(logit, kind(0)) - logit * label + np.log1p(small)
        positive = one / (one + small) if logit >= 0 else small / (one + small)
        memory[line[OUT] + i] = (positive - label) * share
    memory[line[OUT + 1]] = total / rows


@kernel
def keep(out: Floats, share: float, scale: float, key: np.uint64, step: int, place: int) -> None:
    """Write `scale` with probability `share`, else 0: dropout's mask.

    Unit j's number is a hash of key, step, place in the program and j (two rounds of the 32-bit
    finalizer by Wellons, 2018): no state to carry, and a loop that the processor vectorises.
    """
    word = _mix(key + np.uint64(step) * np.uint64(0x9E3779B97F4A7C15))
    word = _mix(word + np.uint64(place) * np.uint64(0xBF58476D1CE4E5B9))
    low, high = np.uint32(word), np.uint32(word >> np.uint64(32))
    limit = np.uint32(np.float64(share) * 4294967295.0)
    zero, one = out.dtype.type(0), scale
    for j in range(len(out)):
        h = np.uint32(np.uint32(j) * np.uint32(0x9E3779B9) + low)
        h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(16))) * np.uint32(0x7FEB352D))
        h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(15))) * np.uint32(0x846CA68B))
        h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(16))) + high)
        h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(16))) * np.uint32(0x7FEB352D))
        h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(15))) * np.uint32(0x846CA68B))
        out[j] = one if h < limit else zero


@kernel
def _mix(word: np.uint64) -> np.uint64:
    """Scramble 64 bits (splitmix64's finalizer, Steele et al., 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
