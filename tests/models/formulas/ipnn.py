"""Qu et al., 2016, section III: an MLP over the vectors and their inner products."""

from naive import dot, flat, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    products = [dot(vectors[f], vectors[g]) for f, g in pairs(len(vectors))]
    return mlp(model.mlp, flat(vectors) + products)
