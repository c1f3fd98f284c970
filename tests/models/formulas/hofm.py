"""Blondel et al., 2016, equation 4: all sets of two fields, of three, and so on."""

import math
from itertools import combinations

from naive import linear, lookup
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    total = linear(model.linear, row)
    for order, embedding in enumerate(model.embeddings, start=2):
        for chosen in combinations(lookup(embedding, row), order):
            for elements in zip(*chosen, strict=True):
                total += math.prod(elements)
    return total
