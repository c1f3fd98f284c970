"""Shan et al., 2016: x ← relu(x + W1 relu(W0 x + b0) + b1)."""

from naive import affine, flat, hidden, lookup, relu
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    x = flat(lookup(model.embedding, row))
    for unit in model.units:
        found = affine(unit.output, hidden(unit.hidden, x))
        x = relu([a + b for a, b in zip(x, found, strict=True)])
    (score,) = affine(model.output, x)
    return score
