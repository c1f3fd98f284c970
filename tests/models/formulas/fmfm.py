"""Sun et al., 2021, equation 5: v_fᵀ M_fg v_g."""

from naive import linear, lookup, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    total = linear(model.linear, row)
    for (f, g), matrix in zip(pairs(len(vectors)), model.pairwise.weight.tolist(), strict=True):
        for i, line in enumerate(matrix):
            for j, weight in enumerate(line):
                total += vectors[f][i] * weight * vectors[g][j]
    return total
