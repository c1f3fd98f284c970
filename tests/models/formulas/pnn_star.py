"""Guo et al., 2017, section 3.1: inner and outer products together."""

from naive import dot, flat, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    dims = range(len(vectors[0]))
    inner = [dot(vectors[f], vectors[g]) for f, g in pairs(len(vectors))]
    outer = [sum(v[i] * w[j] for v in vectors for w in vectors) for i in dims for j in dims]
    return mlp(model.mlp, flat(vectors) + inner + outer)
