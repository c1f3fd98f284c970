"""Tay et al., 2019: circular convolutions of all pairs, summed and weighed by element."""

from itertools import combinations

from naive import affine, linear, lookup
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    dim = len(vectors[0])
    total = [0.0] * dim
    for v, w in combinations(vectors, 2):
        for k in range(dim):
            total[k] += sum(v[i] * w[(k - i) % dim] for i in range(dim))
    (score,) = affine(model.output, total)
    return linear(model.linear, row) + score
