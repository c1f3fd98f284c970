"""Yu et al., 2019: an FM of weights and vectors times a number a field."""

from naive import affine, dot, flat, hidden, lookup, pairs, softmax
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    n = len(vectors)
    m = [n * share for share in softmax(affine(model.factors, hidden(model.hidden, flat(vectors))))]
    total = model.fm.bias.item()
    for weight, (term,) in zip(m, lookup(model.terms.table, row), strict=True):
        total += weight * term
    for f, g in pairs(n):
        total += m[f] * m[g] * dot(vectors[f], vectors[g])
    return total
