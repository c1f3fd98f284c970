"""Xiao et al., 2017, equations 4 to 6."""

from itertools import combinations

from naive import affine, hadamard, linear, lookup, softmax
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    products = [hadamard(v, w) for v, w in combinations(lookup(model.embedding, row), 2)]
    scores = []
    for product in products:
        hidden = [max(0.0, x) for x in affine(model.attention.hidden, product)]
        scores += affine(model.attention.score, hidden)
    shares = softmax(scores)
    pooled = [
        sum(a * x for a, x in zip(shares, of, strict=True)) for of in zip(*products, strict=True)
    ]
    (score,) = affine(model.output, pooled)
    return linear(model.linear, row) + score
