"""Juan et al., 2016, equation 4, with the linear term of an FM."""

from naive import linear, lookup
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    tables = lookup(model.embedding.table, row)
    n, dim = len(tables), len(tables[0]) // len(tables)
    total = linear(model.linear, row)
    for f in range(n):
        for g in range(f + 1, n):
            for k in range(dim):
                total += tables[f][g * dim + k] * tables[g][f * dim + k]
    return total
