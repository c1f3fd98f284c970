"""Adam on one row: a step with a gradient, and many steps without."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.adam import (
    BETA1,
    BETA2,
    EPS,
    FADE,
    NODE,
    SCALE,
    SHRINK,
    SIZE,
    STEADY,
    Adam,
)
from fmbench.engine.kernels.jit import kernel

Floats = NDArray[np.floating]
SHORT = 3
"""Steps up to which a gap is gone through faster one by one."""


@kernel
def catch_up(state: Floats, row: int, gap: int, since: int, adam: Adam) -> None:
    """Bring a row whose state is that of step `since` forward by `gap` steps without a gradient."""
    kind = state.dtype.type
    weight, first, second = state[row, 0], state[row, 1], state[row, 2]
    if since == 0:  # never touched: all that a step does is decay
        if adam.rho != 1:
            scale(weight, kind(adam.rho**gap))
        return
    if gap <= SHORT or since < adam.smooth:
        _walk(weight, first, second, gap, since, adam)
    else:
        _leap(weight, first, second, gap, since, adam)
    gap = min(gap, STEADY)
    scale(first, kind(adam.powers[gap, FADE]))
    scale(second, kind(adam.powers[gap, SHRINK] ** 2))


@kernel
def scale(numbers: Floats, factor: Any) -> None:
    """Multiply in place."""
    for d in range(len(numbers)):
        numbers[d] *= factor


@kernel
def _walk(weight: Floats, first: Floats, second: Floats, gap: int, since: int, adam: Adam) -> None:
    """Move the weights step by step."""
    kind = weight.dtype.type
    rho, eps = kind(adam.rho), kind(EPS)
    steps = min(gap, adam.forgotten)
    for j in range(1, steps + 1):
        now = min(since + j, STEADY)
        size = kind(adam.powers[now, SIZE] * adam.powers[j, FADE])
        spread = kind(adam.powers[now, SCALE] * adam.powers[j, SHRINK])
        for d in range(len(weight)):
            weight[d] = rho * weight[d] - size * first[d] / (np.sqrt(second[d]) * spread + eps)
    if steps < gap and adam.rho != 1:
        scale(weight, kind(adam.rho ** (gap - steps)))


@kernel
def _leap(weight: Floats, first: Floats, second: Floats, gap: int, since: int, adam: Adam) -> None:
    """Move the weights over a long gap: what they would move for ever, less what is yet to come.

    The head of `adam.py` says why this is a sum over a few nodes. A node's two fractions share a
    denominator, since a division is what costs; a, b and c are three nodes.
    """
    kind = weight.dtype.type
    eps = kind(EPS)
    begin, end = adam.powers[min(since, STEADY)], adam.powers[min(since + gap, STEADY)]
    left, fade = 1.0, adam.powers[min(gap, STEADY), FADE]
    shrink = adam.powers[min(gap, STEADY), SHRINK]
    if adam.rho != 1:
        left = adam.rho**gap
        scale(weight, kind(left))
    nodes = (len(begin) - NODE) // 2
    for q in range(NODE, NODE + nodes, 3):
        wa, wb, wc = kind(left * begin[q]), kind(left * begin[q + 1]), kind(left * begin[q + 2])
        va, vb, vc = kind(fade * end[q]), kind(fade * end[q + 1]), kind(fade * end[q + 2])
        r = q + nodes
        ra, rb, rc = kind(begin[r]), kind(begin[r + 1]), kind(begin[r + 2])
        sa, sb, sc = kind(shrink * end[r]), kind(shrink * end[r + 1]), kind(shrink * end[r + 2])
        for d in range(len(weight)):
            root = np.sqrt(second[d])
            a, b, c = ra * root + eps, rb * root + eps, rc * root + eps
            x, y, z = sa * root + eps, sb * root + eps, sc * root + eps
            pull = (wa * x - va * a) / (a * x) + (wb * y - vb * b) / (b * y)
            weight[d] -= first[d] * (pull + (wc * z - vc * c) / (c * z))


@kernel
def update_row(state: Floats, gradient: Floats, step: int, adam: Adam) -> None:
    """Take one Adam step on parameters `(3, dim)`: weights, first and second moments."""
    kind = state.dtype.type
    weight, first, second = state[0], state[1], state[2]
    fade, fresh = kind(BETA1), kind(1 - BETA1)
    shrink, new = kind(BETA2), kind(1 - BETA2)
    rho, decay, eps = kind(adam.rho), kind(adam.decay), kind(EPS)
    now = min(step, STEADY)
    size, spread = kind(adam.powers[now, SIZE]), kind(adam.powers[now, SCALE])
    for d in range(len(weight)):
        g = gradient[d] + decay * weight[d]
        m = fade * first[d] + fresh * g
        v = shrink * second[d] + new * g * g
        first[d], second[d] = m, v
        weight[d] = rho * weight[d] - size * m / (np.sqrt(v) * spread + eps)
