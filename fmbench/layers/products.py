"""Products of fields, two by two: what FM sums, kept apart."""

from collections.abc import Iterator

import torch
from torch import Tensor


def pairs(fields: int) -> list[tuple[int, int]]:
    """Return the places of the two fields of every pair, in the order that is used here.

    First come neighbours, then fields two apart, and so on: pairs of one distance are two slices,
    which the engine knows how to take, as it does not an index of pairs.
    """
    return [(left, left + gap) for gap in range(1, fields) for left in range(fields - gap)]


def both_sides(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the left and the right field of every pair: `(batch, fields, dim)` to pairs twice."""
    slices = list(_by_distance(vectors))
    return torch.cat([left for left, _ in slices], 1), torch.cat([right for _, right in slices], 1)


def hadamard_products(vectors: Tensor) -> Tensor:
    """Return v_f ⊙ v_g of every pair: `(batch, fields, dim)` to `(batch, pairs, dim)`."""
    return torch.cat([left * right for left, right in _by_distance(vectors)], 1)


def inner_products(vectors: Tensor) -> Tensor:
    """Return ⟨v_f, v_g⟩ of every pair: `(batch, fields, dim)` to `(batch, pairs)`."""
    return torch.cat([(left * right).sum(2) for left, right in _by_distance(vectors)], 1)


def outer_product_of_sum(vectors: Tensor) -> Tensor:
    """Return (Σ v_f)(Σ v_f)ᵀ row by row: `(batch, fields, dim)` to `(batch, dim * dim)`.

    That is the sum of the outer products of all pairs, a field with itself and both orders.
    """
    total = vectors.sum(1)
    return (total.unsqueeze(2) * total.unsqueeze(1)).flatten(1)


def aware_products(vectors: Tensor) -> Tensor:
    """Return v_{f→g} ⊙ v_{g→f} of every pair of field-aware vectors.

    **Shape**: `(batch, fields, fields, dim)` to `(batch, pairs, dim)`.
    """
    n = vectors.shape[1]
    apart = [
        vectors.diagonal(gap, 1, 2) * vectors.diagonal(-gap, 1, 2) for gap in range(1, max(n, 2))
    ]
    return torch.cat(apart, 2).transpose(1, 2)


def _by_distance(vectors: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield both sides of the pairs of each distance; one field has none, which is empty slices."""
    n = vectors.shape[1]
    for gap in range(1, max(n, 2)):
        yield vectors[:, : n - gap], vectors[:, gap:]
