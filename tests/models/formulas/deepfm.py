"""Guo et al., 2017, equations 1 to 4: an FM and an MLP on the same vectors, added."""

from naive import linear, lookup, mlp, pairwise
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    deep = mlp(model.mlp, [x for vector in vectors for x in vector])
    return linear(model.linear, row) + pairwise(vectors) + deep
