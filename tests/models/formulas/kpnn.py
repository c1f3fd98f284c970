"""Qu et al., 2018: an MLP over the vectors and v_fᵀ K_fg v_g."""

from naive import dot, flat, lookup, mlp, pairs, times
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    matrices = zip(pairs(len(vectors)), model.products.weight.tolist(), strict=True)
    products = [dot(vectors[f], times(matrix, vectors[g])) for (f, g), matrix in matrices]
    return mlp(model.mlp, flat(vectors) + products)
