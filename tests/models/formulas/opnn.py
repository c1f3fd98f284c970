"""Qu et al., 2016, equation 13: the outer products of all pairs, superposed."""

from naive import flat, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    dims = range(len(vectors[0]))
    products = [sum(v[i] * w[j] for v in vectors for w in vectors) for i in dims for j in dims]
    return mlp(model.mlp, flat(vectors) + products)
