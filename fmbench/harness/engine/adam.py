"""What Adam does to a row that no batch reads, summed over the steps it was left alone.

With no gradient, step ``t + j`` takes ``lr b1^j m / (1 - b1^(t+j))`` over
``b2^(j/2) s / sqrt(1 - b2^(t+j)) + eps`` off a weight whose moments were m and ``v = s^2`` after
step t. The summand is a smooth function of j times ``b1^j``, so the infinite sum from t on is a
Gauss quadrature on the geometric weight, whose orthogonal polynomials are Meixner's: some nodes,
the same for all t. A finite gap is the difference of two such sums. Decoupled weight decay
multiplies the weights by ``rho`` a step, which turns ``b1`` into ``b1 / rho`` and changes nothing
else. For small t the summand is not smooth enough; there the steps are gone through one by one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fmbench.spec import TrainSpec

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
"""Those of torch.optim, which the plain loop uses."""
NODES = {4: 3, 8: 6}
"""Quadrature nodes by bytes of a number; a multiple of 3, see `_leap`."""
SMOOTH = {4: 200, 8: 500}
"""From this step on the quadrature is exact to rounding; see tests/harness/test_adam.py."""
FORGOTTEN = {4: 180, 8: 380}
"""After so many steps without a gradient nothing moves: ``b1^j`` is below rounding."""
STEADY = 40_000
"""From this step on the bias corrections are 1 in float64, and a gap this long forgets all."""


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
    nodes, weights = geometric_quadrature(BETA1 / rho, NODES[size])
    times = np.arange(STEADY + 1)[:, None]
    ahead = times + nodes
    with np.errstate(divide="ignore"):  # nothing takes step 0
        columns = [
            BETA1**times,
            BETA2 ** (times / 2),
            spec.lr / -np.expm1(times * np.log(BETA1)),
            1 / np.sqrt(-np.expm1(times * np.log(BETA2))),
            spec.lr * weights / -np.expm1(ahead * np.log(BETA1)),
            np.sqrt(BETA2**nodes / -np.expm1(ahead * np.log(BETA2))),
        ]
    decay = spec.weight_decay if coupled else 0.0
    return Adam(decay, rho, SMOOTH[size], FORGOTTEN[size], np.concatenate(columns, axis=1))


def geometric_quadrature(ratio: float, nodes: int) -> tuple[NDArray[np.float64], ...]:
    """Return points x and weights w with ``sum_q w_q f(x_q) ~ sum_{j>=1} ratio^j f(j)``.

    Exact for polynomials f of a degree below ``2 nodes``. Golub and Welsch (1969) on the
    recurrence of Meixner's polynomials with beta = 1 (Koekoek et al., 2010, section 9.10).
    """
    n = np.arange(nodes)
    diagonal = (n + (n + 1) * ratio) / (1 - ratio)
    beside = n[1:] * np.sqrt(ratio) / (1 - ratio)
    points, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return points + 1, vectors[0] ** 2 * ratio / (1 - ratio)
