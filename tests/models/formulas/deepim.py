"""Yu et al., 2020: products of all sets of one field, of two, and so on, beside an MLP."""

import math
from itertools import combinations

from naive import affine, flat, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors, products = lookup(model.embedding, row), []
    for order in range(1, model.order + 1):
        for k in range(len(vectors[0])):
            products.append(
                sum(math.prod(v[k] for v in chosen) for chosen in combinations(vectors, order))
            )
    (interactions,) = affine(model.output, products)
    return interactions + mlp(model.mlp, flat(vectors))
