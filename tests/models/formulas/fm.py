"""Rendle, 2010, equation 1: a weight for each id, and the products of all pairs of factors."""

from naive import linear, lookup, pairwise
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    return linear(model.linear, row) + pairwise(lookup(model.embedding, row))
