"""The deep part of Cheng et al., 2016: an MLP on the vectors of all fields side by side."""

from naive import lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    return mlp(model.mlp, [x for vector in lookup(model.embedding, row) for x in vector])
