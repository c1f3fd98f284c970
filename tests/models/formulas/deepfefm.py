"""Pande, 2020: FEFM, and an MLP over the vectors and its products."""

from naive import flat, linear, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    products = []
    for (f, g), matrix in zip(pairs(len(vectors)), model.pairwise.weight.tolist(), strict=True):
        dims = range(len(matrix))
        products.append(
            sum(
                vectors[f][i] * (matrix[i][j] + matrix[j][i]) * vectors[g][j]
                for i in dims
                for j in dims
            )
        )
    return linear(model.linear, row) + sum(products) + mlp(model.mlp, flat(vectors) + products)
