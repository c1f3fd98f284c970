"""What Adam does to a row that no batch reads, summed over the steps it was left alone.

With no gradient, step ``t + j`` takes ``lr b1^j m / (1 - b1^(t+j))`` over
``b2^(j/2) s / sqrt(1 - b2^(t+j)) + eps`` off a weight whose moments were m and ``v = s^2`` after
step t. With ``u_j = sqrt((1 - b2^(t+j)) / b2^j)`` and ``w_j = lr b1^j / (1 - b1^(t+j))``, the sum
from t on is that of ``w_j f(u_j)`` over j, ``f(u) = m u / (s + eps u)``: the same smooth function
of a number that hardly changes, whatever m and s are. So a Gauss quadrature of a few nodes gives
it to rounding. A finite gap is the difference of two such sums. Decoupled weight decay multiplies
the weights by ``rho`` a step, which turns ``b1^j`` into ``(b1 / rho)^j`` and changes nothing else.
In the first steps u changes too much; there the steps are gone through one by one.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fmbench.spec import TrainSpec

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
"""Defaults of torch.optim, which the plain loop uses."""
NODES = {4: 3, 8: 6}
"""Quadrature nodes by bytes of a number; a multiple of 3, see `_leap`."""
SMOOTH = {4: 40, 8: 100}
"""Step, by bytes of a number, from which on the quadrature is exact to rounding; see
tests/engine/test_adam.py."""
EARLY = 500
"""Steps that each have nodes of their own; later ones share theirs, as places between steps."""
FORGOTTEN = {4: 180, 8: 380}
"""Steps without a gradient, by bytes of a number, after which ``b1^j`` is below rounding."""
SLOW = 0.97
"""Bound of ``b1 / rho`` below which a quadrature serves; above, the sum's terms fade too slowly."""
STEADY = 40_000
"""Step from which on the bias corrections are 1 in float64; a gap this long forgets all."""


FADE, SHRINK, SIZE, SCALE, NODE = range(5)
"""Columns of `Adam.powers`: for j steps ``b1^j`` and ``b2^(j/2)``; at step t the size
``lr / (1 - b1^t)`` and the scale ``1 / sqrt(1 - b2^t)``; then for each node its quadrature weight
times the size of the step there and, after all of these, what sqrt(v) at t is multiplied by there.
"""


class Adam(NamedTuple):
    """Constants of the update, as the kernels read them; powers are looked up, not computed."""

    decay: float
    """Coupled weight decay: added to the gradient."""
    rho: float
    """What a step of decoupled weight decay leaves of a weight."""
    smooth: int
    forgotten: int
    powers: NDArray[np.float64]
    """`(STEADY + 1, NODE + 2 nodes)`."""


def adam(spec: TrainSpec, dtype: DTypeLike) -> Adam:
    """Return the constants for a training protocol and a precision."""
    size = np.dtype(dtype).itemsize
    coupled = spec.optimizer == "adam"
    rho = 1.0 if coupled else 1.0 - spec.lr * spec.weight_decay
    steps = np.arange(STEADY + 1)[:, None]
    with np.errstate(divide="ignore"):  # nothing takes step 0
        columns = [
            BETA1**steps,
            BETA2 ** (steps / 2),
            spec.lr / _warmth(BETA1, steps),
            1 / np.sqrt(_warmth(BETA2, steps)),
        ]
    smooth = SMOOTH[size]
    if 0 < BETA1 / rho < SLOW:
        weights, scales = _quadrature(BETA1 / rho, NODES[size])
        columns += [spec.lr * weights, scales]
    else:  # the weights decay about as fast as the moments: gaps go step by step
        smooth = np.iinfo(np.int64).max
    decay = spec.weight_decay if coupled else 0.0
    return Adam(decay, rho, smooth, FORGOTTEN[size], np.concatenate(columns, axis=1))


def _warmth(beta: float, step: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Return ``1 - beta^step``, how much of a moving average is filled by then."""
    seen: NDArray[np.float64] = -np.expm1(step * np.log(beta))
    return seen


@cache
def _quadrature(ratio: float, nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for every step the weights and the scales of its nodes, `(STEADY + 1, nodes)` each.

    The weights are those of steps of size 1.
    """
    ahead = np.arange(1, np.ceil(np.log(1e-18) / np.log(ratio)) + 1)[None]
    left = ratio**ahead
    early = np.arange(EARLY)[:, None] + ahead
    drag = np.sqrt(_warmth(BETA2, early) / BETA2**ahead)
    points, weights = gauss(drag, left / _warmth(BETA1, early), nodes)
    places, shares = gauss(ahead, left, nodes)
    late = np.arange(EARLY, STEADY + 1)[:, None] + places
    return (
        np.concatenate([weights, shares / _warmth(BETA1, late)]),
        np.concatenate([1 / points, np.sqrt(BETA2**places / _warmth(BETA2, late))]),
    )


def gauss(
    points: NDArray[np.float64], weights: NDArray[np.float64], nodes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return few points and weights that sum up polynomials as many do, rule by rule.

    **Shape**: `(rules, points)` to `(rules, nodes)`; exact for degrees below ``2 nodes``. The
    recurrence of the orthogonal polynomials is by Stieltjes' procedure, the rule from its matrix by
    Golub and Welsch (1969); both are in Gautschi (2004).
    """
    total = weights.sum(1, keepdims=True)
    share = weights / total
    middle = (share * points).sum(1, keepdims=True)
    spread = np.sqrt((share * (points - middle) ** 2).sum(1, keepdims=True))
    x = (points - middle) / spread
    matrix = np.zeros((len(x), nodes, nodes))
    before, now, beside = np.zeros_like(x), np.ones_like(x), np.zeros((len(x), 1))
    for k in range(nodes):
        matrix[:, k, k] = (share * x * now**2).sum(1)
        following = (x - matrix[:, k, k, None]) * now - beside * before
        beside = np.sqrt((share * following**2).sum(1, keepdims=True))
        before, now = now, following / beside
        if k + 1 < nodes:
            matrix[:, k, k + 1] = matrix[:, k + 1, k] = beside[:, 0]
    found, vectors = np.linalg.eigh(matrix)
    return middle + spread * found, total * vectors[:, 0] ** 2
