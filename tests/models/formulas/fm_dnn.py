"""Guo et al., 2017, section 3.1: an FM and an MLP on vectors of its own, added."""

from naive import flat, linear, lookup, mlp, pairwise
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    deep = mlp(model.mlp, flat(lookup(model.deep_embedding, row)))
    return linear(model.linear, row) + pairwise(lookup(model.embedding, row)) + deep
