"""Zhang et al., 2019: an MLP over the field-aware products of all pairs, element by element."""

from naive import batch_norm, hadamard, linear, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    n, dim = model.embedding.shape
    rows = lookup(model.embedding.table, row)
    tables = [[of[g * dim : (g + 1) * dim] for g in range(n)] for of in rows]
    products = []
    for f, g in pairs(n):
        products += hadamard(tables[f][g], tables[g][f])
    norm, _ = model.products
    if isinstance(norm, nn.BatchNorm1d):
        products = batch_norm(norm, products)
    return linear(model.linear, row) + mlp(model.mlp, products)
