"""Pande, 2020, equation 4: v_fᵀ S_fg v_g, with S = W + Wᵀ."""

from naive import linear, lookup, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    total = linear(model.linear, row)
    for (f, g), matrix in zip(pairs(len(vectors)), model.pairwise.weight.tolist(), strict=True):
        for i in range(len(matrix)):
            for j in range(len(matrix)):
                total += vectors[f][i] * (matrix[i][j] + matrix[j][i]) * vectors[g][j]
    return total
