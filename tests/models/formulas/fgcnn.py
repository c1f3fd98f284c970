"""Liu et al., 2019: convolution, pooling, recombination, then an IPNN."""

import math

from naive import affine, dot, flat, lookup, mlp, pairs
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors, seeds, part = lookup(model.embedding, row), lookup(model.seeds, row), model.generation
    dim, before = len(seeds[0]), (part.height - 1) // 2
    maps = [[[x] for x in vector] for vector in seeds]  # field, element, map
    for filters, mix in zip(part.filters, part.mixes, strict=True):
        bent = []
        for f in range(len(maps)):
            under = [
                maps[g] if 0 <= g < len(maps) else [[0.0] * len(maps[0][0]) for _ in range(dim)]
                for g in range(f - before, f - before + part.height)
            ]
            bent.append(
                [
                    [math.tanh(x) for x in affine(filters, flat([of[k] for of in under]))]
                    for k in range(dim)
                ]
            )
        maps = [
            [
                [max(of) for of in zip(*(field[k] for field in bent[f : f + 2]), strict=True)]
                for k in range(dim)
            ]
            for f in range(0, len(bent), 2)
        ]
        mixed = [math.tanh(x) for x in affine(mix, flat([flat(field) for field in maps]))]
        vectors += [mixed[at : at + dim] for at in range(0, len(mixed), dim)]
    products = [dot(vectors[f], vectors[g]) for f, g in pairs(len(vectors))]
    return mlp(model.mlp, flat(vectors) + products)
