"""He and Chua, 2017, equations 2 to 5: an MLP over the sum of all products."""

from itertools import combinations

from naive import batch_norm, hadamard, linear, lookup, mlp
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    pooled = [0.0] * len(vectors[0])
    for v, w in combinations(vectors, 2):
        pooled = [a + b for a, b in zip(pooled, hadamard(v, w), strict=True)]
    norm, _ = model.pooled
    if isinstance(norm, nn.BatchNorm1d):
        pooled = batch_norm(norm, pooled)
    return linear(model.linear, row) + mlp(model.mlp, pooled)
