"""Cheng et al., 2016, equation 3: a linear model and an MLP, added."""

from naive import linear, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    deep = mlp(model.mlp, [x for vector in lookup(model.embedding, row) for x in vector])
    return linear(model.linear, row) + deep
