"""Xu and Wu, 2020: (1 - ⟨u, v⟩_L - u0 - v0) / (u0 v0) of all pairs, and a linear term."""

import math
from itertools import combinations

from naive import dot, linear, lookup
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    total = linear(model.linear, row)
    for u, v in combinations(lookup(model.embedding, row), 2):
        u0, v0 = math.sqrt(1 + dot(u, u)), math.sqrt(1 + dot(v, v))
        total += (1 - (dot(u, v) - u0 * v0) - u0 - v0) / (u0 * v0)
    return total
