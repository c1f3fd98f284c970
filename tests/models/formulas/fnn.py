"""Zhang et al., 2016, equations 1 to 4: an MLP over the weight and the vector of each field."""

from naive import flat, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    terms = lookup(model.terms.table, row)
    return mlp(model.mlp, flat(terms) + flat(lookup(model.embedding, row)))
