"""Products of hyperbolic geometry: pairs of points measured by the triangle they span."""

import torch
from torch import Tensor

from fmbench.layers.products import both_sides, inner_products


def lorentz_products(vectors: Tensor) -> Tensor:
    """Return (1 - ⟨u, v⟩_L - u0 - v0) / (u0 v0) of every pair (Xu and Wu, 2020).

    A vector v is a point of the hyperboloid by v0 = sqrt(1 + |v|²), and ⟨u, v⟩_L stands for
    ⟨u, v⟩ - u0 v0. It is computed as ((u0 - 1)(v0 - 1) - ⟨u, v⟩) / (u0 v0), the same number, of
    which rounding leaves more where vectors are short.

    **Shape**: `(batch, fields, dim)` to `(batch, pairs)`.
    """
    squares = vectors.square().sum(2, keepdim=True)
    times = (1 + squares).sqrt()
    more = squares / (1 + times)  # u0 - 1, without a difference of two like numbers
    left, right = both_sides(torch.cat([times, more], 2))
    product, of_more = (left * right).unbind(2)
    return (of_more - inner_products(vectors)) / product


def lorentz_sum(vectors: Tensor) -> Tensor:
    """Return the sum of `lorentz_products`: `(batch, fields, dim)` to `(batch,)`."""
    return lorentz_products(vectors).sum(1)
