"""Naumov et al., 2019: products of all pairs of vectors, the numbers' as one."""

from naive import dot, flat, hidden, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    kinds = [field.kind for field in model.embedding.fields]
    numbers = [v for v, kind in zip(vectors, kinds, strict=True) if kind == "numeric"]
    seen = [v for v, kind in zip(vectors, kinds, strict=True) if kind != "numeric"]
    dense = hidden(model.bottom, flat(numbers)) if numbers else model.constant.tolist()
    seen = [dense, *seen]
    return mlp(model.top, dense + [dot(seen[f], seen[g]) for f, g in pairs(len(seen))])
