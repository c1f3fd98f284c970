"""Pan et al., 2018, equation 5."""

from naive import dot, linear, lookup, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    total = linear(model.linear, row)
    for (f, g), weight in zip(pairs(len(vectors)), model.pairwise.weight.tolist(), strict=True):
        total += weight * dot(vectors[f], vectors[g])
    return total
